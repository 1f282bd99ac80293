import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliProcess } from '../faults/cli-process.js';
import type { Fault } from '../stand-ins/aws/index.js';
import { manifest, writeBundle, zip } from '../support/bundle.js';
import { tempFolder } from '../support/temp-folder.js';
import { startWorld, type World } from '../support/world.js';

const folder = await tempFolder();
let world: World;
let slow: string;
let fault: ((operation: string) => Fault | undefined) | undefined;

beforeAll(async () => {
  world = await startWorld({ intercept: ({ operation }) => fault?.(operation) });
  await world.init();
  slow = await writeSlowBundle();
});
afterAll(() => world.stop());

/** A bundle of a few kilobytes that takes seconds to read. */
async function writeSlowBundle(): Promise<string> {
  const archive = await zip({ 'index.js': '', zeros: new Uint8Array(100_000_000) });
  const functions = Array.from({ length: 20 }, (_, index) => ({
    ...{ path: `/${index}`, name: `f${index}`, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  const archives = Object.fromEntries(functions.map(({ name }) => [`${name}.zip`, archive]));
  return writeBundle(folder, manifest({ aws_lambda: { functions } }), archives);
}

/** Starts a command, interrupts it once something has happened, and returns how it ended. */
async function interrupt(
  args: readonly string[],
  signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM',
  moment: () => Promise<unknown>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const cli = await CliProcess.start(args, world.env, folder);
  await moment();
  cli.signal(signal);
  const code = await cli.end();
  const { stdout, stderr } = cli;
  return { code, stdout, stderr };
}

/** Resolves when a request of this operation has come, which is not answered. */
function whenAsked(operation: string): () => Promise<void> {
  let isAsked = false;
  fault = (asked) => {
    if (asked !== operation) return undefined;
    isAsked = true;
    return { kind: 'blackHole' };
  };
  return async () => {
    while (!isAsked) await setTimeout(5);
  };
}

const NOTHING_CHANGED = { code: 130, stdout: '', stderr: 'error: interrupted: nothing was changed\n' };

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends a command that changes nothing at once:',
  (signal) => {
    test('aws validate', async () => {
      expect(await interrupt(['aws', 'validate', slow], signal, () => setTimeout(400))).toEqual(
        NOTHING_CHANGED,
      );
    });

    test('aws deploy --dry-run', async () => {
      const bundle = await writeBundle(folder);
      const moment = whenAsked('GetRole');
      expect(await interrupt(['aws', 'deploy', bundle, '--dry-run'], signal, moment)).toEqual(
        NOTHING_CHANGED,
      );
    });

    test('aws deploy before it changes something', async () => {
      const bundle = await writeBundle(folder);
      const moment = whenAsked('GetPolicyVersion');
      expect(await interrupt(['aws', 'deploy', bundle], signal, moment)).toEqual(NOTHING_CHANGED);
    });

    test('aws init before it changes something', async () => {
      expect(await interrupt(['aws', 'init'], signal, whenAsked('GetGroup'))).toEqual(NOTHING_CHANGED);
    });

    test('aws test', async () => {
      expect(await interrupt(['aws', 'test', 'lambda'], signal, whenAsked('Invoke'))).toEqual(
        NOTHING_CHANGED,
      );
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
  expect(await interrupt(args, 'SIGINT', () => setTimeout(400))).toEqual(NOTHING_CHANGED);
  expect(await readdir(output)).toEqual([]);
});

test('an interruption between listing and installation says that the installation is missing', async () => {
  const bundle = await writeBundle(folder, manifest({ app_id: 'com.example.listed' }));
  let isWritten = false;
  // The policies are read back for longer than it takes to put the manifest.
  fault = (operation) => {
    isWritten ||= operation === 'CreatePolicyVersion';
    return isWritten && operation === 'GetPolicy' ? { kind: 'delay', milliseconds: 500 } : undefined;
  };
  const cli = await CliProcess.start(['aws', 'deploy', bundle, '--install'], world.env, folder);
  await cli.said('created   manifest');
  cli.signal('SIGINT');
  expect(await cli.end()).toBe(130);
  expect(cli.stderr).toMatch(
    /^error: interrupted: deployed 1 of 1 function and 0 of 0 assets; not done: listing, installation$/m,
  );
});

test.each(['SIGINT', 'SIGHUP'] as const)(
  '%s ends a deployment at the next safe point, and the same command does the rest',
  async (signal) => {
    const content = manifest({ app_id: `com.example.${signal.toLowerCase()}` });
    const bundle = await writeBundle(folder, content, { 'static/a.txt': 'a' });
    let isAsked = false;
    fault = (operation) => {
      if (operation !== 'CreateFunction') return undefined;
      isAsked = true;
      return { kind: 'delay', milliseconds: 300 };
    };
    const moment = async (): Promise<void> => {
      while (!isAsked) await setTimeout(5);
    };
    const { code, stdout, stderr } = await interrupt(['aws', 'deploy', bundle, '--install'], signal, moment);
    fault = undefined;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('stopping at the next safe point; press Ctrl-C again to stop immediately\n');
    expect(stderr).toContain(
      'error: interrupted: deployed 1 of 1 function and 1 of 1 asset; not done: invoke policy, manifest, listing, installation\nhint: run the same command again to finish\n',
    );
    expect(await world.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
  },
);
