import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../stand-ins/aws/index.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { CliProcess } from '../support/cli-process.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { accountLine, errorOutput, resourceLine } from '../support/messages/output.js';
import { AGAIN } from '../support/messages/usage.js';
import { rawZip } from '../support/raw-zip.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = await tempFolder();
let environment: TestEnvironment;
let slow: string;
let fault: ((operation: string) => Fault | undefined) | undefined;

beforeAll(async () => {
  environment = await startEnvironment({ aws: { intercept: ({ operation }) => fault?.(operation) } });
  await environment.init();
  slow = await writeSlowBundle();
});
afterAll(() => environment.stop());

/** A bundle of a few kilobytes that takes seconds to read. */
async function writeSlowBundle(): Promise<string> {
  const archive = rawZip([
    { name: 'index.js' },
    { name: 'zeros', data: new Uint8Array(100_000_000), deflated: true },
  ]);
  const functions = Array.from({ length: 20 }, (_, index) => ({
    ...{ path: `/${index}`, name: `f${index}`, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  const archives = Object.fromEntries(functions.map(({ name }) => [`${name}.zip`, archive]));
  return writeBundle(folder, manifest({ aws_lambda: { functions } }), archives);
}

/** Starts a command, sends it a signal at a moment, and returns how it ended. */
async function interrupt(
  args: readonly string[],
  signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM',
  moment: () => Promise<unknown>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const cli = await CliProcess.start(args, environment.env, folder);
  await moment();
  cli.signal(signal);
  const code = await cli.waitForEnd();
  const { stdout, stderr } = cli;
  return { code, stdout, stderr };
}

/** Returns a function that resolves when a request with this operation has arrived, which gets no response by default. */
function whenRequested(operation: string, response: Fault = { kind: 'blackHole' }): () => Promise<void> {
  let isRequested = false;
  fault = (requested) => {
    if (requested !== operation) return undefined;
    isRequested = true;
    return response;
  };
  return async () => {
    while (!isRequested) await setTimeout(5);
  };
}

/** 128 and the number of the signal, as shells have it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const NOTHING_CHANGED = { stdout: '', stderr: errorOutput(INTERRUPTION.nothingChanged) };

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s immediately ends a command that changes nothing:',
  (signal) => {
    const expected = { code: EXIT_CODES[signal], ...NOTHING_CHANGED };
    test('aws validate', async () => {
      expect(await interrupt(['aws', 'validate', slow], signal, () => setTimeout(400))).toEqual(expected);
    });

    test('aws deploy --dry-run', async () => {
      const bundle = await writeBundle(folder);
      const moment = whenRequested('GetRole');
      expect(await interrupt(['aws', 'deploy', bundle, '--dry-run'], signal, moment)).toEqual(expected);
    });

    test('aws deploy before it changes something', async () => {
      const bundle = await writeBundle(folder);
      const moment = whenRequested('GetPolicyVersion');
      expect(await interrupt(['aws', 'deploy', bundle], signal, moment)).toEqual(expected);
    });

    test('aws init before it changes something', async () => {
      expect(await interrupt(['aws', 'init'], signal, whenRequested('GetGroup'))).toEqual({
        ...expected,
        stderr: accountLine() + NOTHING_CHANGED.stderr,
      });
    });

    test('aws test', async () => {
      expect(await interrupt(['aws', 'test', 'lambda'], signal, whenRequested('Invoke'))).toEqual(expected);
    });
  },
);

test('aws package leaves nothing behind', async () => {
  const app = join(folder, 'app');
  await mkdir(join(app, 'go'), { recursive: true });
  await writeFile(join(app, 'manifest.json'), JSON.stringify(manifest()));
  for (let index = 0; index < 40; index++)
    await writeFile(join(app, 'go', `${index}.js`), Buffer.alloc(4_000_000, `some text ${index} `));
  const output = join(folder, 'out');
  await mkdir(output);
  const args = ['aws', 'package', app, '-o', join(output, 'app.zip')];
  expect(await interrupt(args, 'SIGINT', () => setTimeout(400))).toEqual({
    code: EXIT_CODES.SIGINT,
    ...NOTHING_CHANGED,
  });
  expect(await readdir(output)).toEqual([]);
});

test('an interruption between listing and installation reports that the installation is not done', async () => {
  const bundle = await writeBundle(folder, manifest({ app_id: 'com.example.listed' }));
  let isWritten = false;
  // Reading the policies back takes longer than storing the manifest.
  fault = (operation) => {
    isWritten ||= operation === 'CreatePolicyVersion';
    return isWritten && operation === 'GetPolicy' ? { kind: 'delay', milliseconds: 500 } : undefined;
  };
  const cli = await CliProcess.start(['aws', 'deploy', bundle, '--install'], environment.env, folder);
  await cli.waitForError(resourceLine('created', 'manifest', 'manifests/com.example.listed_1.0.0.json'));
  cli.signal('SIGINT');
  expect(await cli.waitForEnd()).toBe(130);
  const message = INTERRUPTION.during('1 of 1 function', '0 of 0 assets', 'listing', 'installation');
  expect(cli.stderr).toContain(errorOutput(message));
});

test.each(['SIGINT', 'SIGHUP'] as const)(
  '%s ends a deployment at the next safe point, and the same command finishes it',
  async (signal) => {
    const content = manifest({ app_id: `com.example.${signal.toLowerCase()}` });
    const bundle = await writeBundle(folder, content, { 'static/a.txt': 'a' });
    const moment = whenRequested('CreateFunction', { kind: 'delay', milliseconds: 300 });
    const { code, stdout, stderr } = await interrupt(['aws', 'deploy', bundle, '--install'], signal, moment);
    fault = undefined;
    expect({ code, stdout }).toEqual({ code: EXIT_CODES[signal], stdout: '' });
    expect(stderr).toContain(`${INTERRUPTION.stopping}\n`);
    const message = INTERRUPTION.during(
      '1 of 1 function',
      '1 of 1 asset',
      ...['invoke policy', 'manifest', 'listing', 'installation'],
    );
    expect(stderr).toContain(errorOutput(message, INTERRUPTION.finish(AGAIN.cli)));
    expect(await environment.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
  },
);
