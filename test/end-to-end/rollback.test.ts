import { DeleteFunctionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareStates, readAccountState } from '../support/account-state.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { currentVersion, findInvokePolicy } from '../support/full-policies.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { errorOutput, refusalOutput, resourceLine } from '../support/messages/output.js';
import { REMOVE } from '../support/messages/remove.js';
import { findChanges } from '../support/requests.js';
import { tempFolder } from '../support/temp-folder.js';

const APP = 'com.example.test';
const ROLLBACK = ['aws', 'rollback', APP, '--to', '1.0.0'];
const FunctionName = 'com-example-test_1-0-0_go';
const folder = await tempFolder();
/** Version 1.0.0, which has an icon, is deployed, and version 2.0.0 is installed. */
let start: TestEnvironment;
/** The state in which version 1.0.0 is installed, and both are deployed. */
let installed: ReturnType<typeof readAccountState>;

beforeAll(async () => {
  start = await startEnvironment({ runner: 'in-process' });
  await start.init();
  const first = await writeBundle(folder, version('1.0.0', { icon: 'icon.png' }), {
    'static/icon.png': 'icon',
  });
  const second = await writeBundle(folder, version('2.0.0'));
  await start.runOrThrow(['aws', 'deploy', first]);
  const other = await startEnvironment({ like: start });
  await other.runOrThrow(['aws', 'deploy', second]);
  await other.runOrThrow(['aws', 'deploy', first, '--install']);
  installed = readAccountState(other);
  await other.stop();
  await start.runOrThrow(['aws', 'deploy', second, '--install']);
});
afterAll(() => start.stop());

/** A version whose function does not handle /ping, so that an installation does not wait for its process. */
function version(name: string, fields: Record<string, string> = {}): Record<string, unknown> {
  const functions = [{ path: '/go', name: 'go', handler: 'index.handler', runtime: 'nodejs22.x' }];
  return manifest({ version: name, aws_lambda: { functions }, ...fields });
}

/** Runs work in a copy of the environment. */
async function inCopy(work: (copy: TestEnvironment) => Promise<void>): Promise<void> {
  const copy = await startEnvironment({ like: start });
  try {
    await work(copy);
  } finally {
    await copy.stop();
  }
}

describe('aws rollback', () => {
  test('lists and installs an earlier version, and a second time changes nothing', async () => {
    await inCopy(async (copy) => {
      const first = await copy.run([...ROLLBACK, '--install'], { runner: 'process' });
      const siteUrl = copy.env['MM_SERVICESETTINGS_SITEURL'];
      expect(first.code).toBe(0);
      expect(first.stdout).toBe(
        `Test (${APP} 1.0.0) is now listed in ${siteUrl}.\nInstalled in ${siteUrl}\n`,
      );
      expect(compareStates(readAccountState(copy), installed)).toEqual([]);
      const second = await copy.run([...ROLLBACK, '--install']);
      expect(second.stdout).toBe(
        `Test (${APP} 1.0.0) is already listed in ${siteUrl}.\nInstalled in ${siteUrl}\n`,
      );
      expect({ code: second.code, changes: findChanges(second.requests) }).toEqual({ code: 0, changes: [] });
    });
  });

  test('without --install, the installed version stays', async () => {
    await inCopy(async (copy) => {
      const { stdout } = await copy.runOrThrow(ROLLBACK);
      expect(stdout).toContain(`Version 2.0.0 of app ${APP} is still installed in`);
      expect(copy.mattermost.listed.get(APP)).toMatchObject({ version: '1.0.0' });
    });
  });

  test('--dry-run prints the plan and changes nothing', async () => {
    const { code, stdout, requests } = await start.run([
      ...ROLLBACK,
      '--install',
      '--dry-run',
      '--exit-code',
    ]);
    expect({ code, changes: findChanges(requests) }).toEqual({ code: 3, changes: [] });
    expect(stdout).toBe(
      [
        resourceLine('update', 'listing', APP),
        resourceLine('update', 'installation', APP),
        'Plan: 0 to create, 2 to update, 1 unchanged. Nothing was changed (--dry-run).\n',
      ].join(''),
    );
  });

  test('allows the server to invoke the functions again', async () => {
    await inCopy(async (copy) => {
      const current = currentVersion(findInvokePolicy(copy));
      current.document = current.document.replaceAll('_1-0-0_', '_0-0-0_');
      const { stderr } = await copy.runOrThrow([...ROLLBACK, '--install']);
      expect(stderr).toContain(resourceLine('updated', 'invoke policy', 'mattermost-apps-invoke-policy'));
      expect(currentVersion(findInvokePolicy(copy)).document).toContain(`:function:${FunctionName}"`);
    });
  });

  test('names everything that is missing or different, and changes nothing', async () => {
    await inCopy(async (copy) => {
      copy.aws.bucket(BUCKET).objects.delete(`static/${APP}_1.0.0_app/icon.png`);
      const update = { FunctionName, Handler: 'other.handler', Runtime: 'nodejs24.x' } as const;
      await copy.clients.lambda.send(new UpdateFunctionConfigurationCommand(update));
      const different = await copy.run([...ROLLBACK, '--install']);
      expect(different.code).toBe(1);
      expect(different.stderr).toContain(
        errorOutput(
          [
            REMOVE.notComplete(APP, '1.0.0'),
            `  function ${FunctionName} has the handler other.handler, the manifest says index.handler`,
            `  function ${FunctionName} has the runtime nodejs24.x, the manifest says nodejs22.x`,
            `  icon static/${APP}_1.0.0_app/icon.png does not exist: the app cannot be installed without it`,
          ].join('\n'),
          'deploy that version again',
        ),
      );
      await copy.clients.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      const missing = await copy.run(ROLLBACK);
      expect(missing.code).toBe(1);
      expect(missing.stderr).toContain(`\n  function ${FunctionName} does not exist\n`);
      expect(findChanges([...different.requests, ...missing.requests])).toEqual([]);
    });
  });

  test('fails for an unknown app, an unknown version and a damaged manifest', async () => {
    const app = await start.run(['aws', 'rollback', 'com.example.tset', '--to', '1.0.0']);
    expect(app).toMatchObject({ code: 1, stdout: '' });
    expect(app.stderr).toBe(
      refusalOutput(REMOVE.appMissing('com.example.tset', BUCKET), `did you mean ${APP}?`),
    );
    const none = await start.run(['aws', 'rollback', APP, '--to', '']);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    const other = await start.run(['aws', 'rollback', APP, '--to', '3.0.0']);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toBe(
      refusalOutput(REMOVE.versionMissing(APP, '3.0.0'), 'deployed, latest first: 2.0.0, 1.0.0'),
    );
    await inCopy(async (copy) => {
      const { objects } = copy.aws.bucket(BUCKET);
      const key = `manifests/${APP}_1.0.0.json`;
      const stored = objects.get(key);
      if (stored !== undefined) objects.set(key, { ...stored, bytes: Buffer.from('{') });
      const { code, stderr } = await copy.run(ROLLBACK);
      expect(code).toBe(1);
      expect(stderr).toBe(
        refusalOutput(`${key} in the bucket is not a manifest`, 'deploy that version again'),
      );
    });
  });

  test('requires a Mattermost server', async () => {
    const env = { MM_SERVICESETTINGS_SITEURL: '', MM_ADMIN_TOKEN: '' };
    const { code, stderr, requests } = await start.run(ROLLBACK, { env });
    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    for (const name of Object.keys(env)) expect(stderr).toContain(name);
  });

  test('does not list a version whose removal was not finished', async () => {
    await inCopy(async (copy) => {
      const abort = new AbortController();
      const stop = copy.intercept(({ operation }) => {
        if (operation === 'CreatePolicyVersion') abort.abort();
        return undefined;
      });
      await copy.run(['aws', 'remove', `${APP}@1.0.0`, '--yes'], { signal: abort.signal });
      stop();
      const { code, stderr } = await copy.run(ROLLBACK);
      expect(code).toBe(1);
      expect(stderr).toContain(`error: ${REMOVE.beingRemoved(APP, '1.0.0')}\n`);
    });
  });

  test('ends immediately when it is interrupted before a change', async () => {
    const abort = new AbortController();
    const stop = start.intercept(({ operation }) => {
      if (operation === 'GetFunction') abort.abort();
      return undefined;
    });
    const { code, stderr, requests } = await start.run(ROLLBACK, { signal: abort.signal });
    stop();
    expect({ code, changes: findChanges(requests) }).toEqual({ code: 130, changes: [] });
    expect(stderr).toContain(`error: ${INTERRUPTION.nothingChanged}\n`);
  });
});
