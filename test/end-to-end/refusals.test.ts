import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { FakeClock } from '../support/fake-clock.js';
import { AWS, AWS_HINT, cannot } from '../support/messages/aws.js';
import { BUNDLE, FINDING, FIX, functionField } from '../support/messages/bundle.js';
import { DEPLOY, DEPLOY_HINT } from '../support/messages/deploy.js';
import { INIT, INIT_HINT } from '../support/messages/init.js';
import { MATTERMOST, MATTERMOST_ACTION, MATTERMOST_HINT } from '../support/messages/mattermost.js';
import {
  ANY,
  containing,
  errorOutput,
  findingText,
  matching,
  refusalOutput,
  resourceLine,
} from '../support/messages/output.js';
import { USAGE, USAGE_HINT } from '../support/messages/usage.js';
import { findChanges } from '../support/requests.js';

let environment: TestEnvironment;
let bundle: string;

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
  bundle = await writeBundle(environment.folder);
  await environment.init();
});
afterAll(() => environment.stop());

/** Runs a deployment that must be refused without changes; returns its exit code and its error. */
async function refused(file: string, env: Record<string, string> = {}, ...flags: string[]) {
  const { code, stdout, stderr, requests } = await environment.run(['aws', 'deploy', file, ...flags], {
    env,
  });
  expect(findChanges(requests)).toEqual([]);
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/^\s+at |Usage:/m);
  return { code, stderr };
}

describe('what can be checked in advance is refused before any change', () => {
  test.each<[string, Record<string, string>, number, message: string, hint: string]>([
    ['no region', { MM_APPS_AWS_REGION: '' }, 2, USAGE.noRegion, USAGE_HINT.region],
    [
      'an invalid region',
      { MM_APPS_AWS_REGION: 'US EAST' },
      2,
      USAGE.invalidCharacters('MM_APPS_AWS_REGION'),
      USAGE_HINT.onlyRegion,
    ],
    ['no token', { MM_ADMIN_TOKEN: '' }, 2, USAGE.missingVariable('MM_ADMIN_TOKEN'), USAGE_HINT.token],
    [
      'an invalid site URL',
      { MM_SERVICESETTINGS_SITEURL: 'ftp://example.com' },
      2,
      USAGE.invalidUrl('MM_SERVICESETTINGS_SITEURL'),
      USAGE_HINT.siteUrl,
    ],
    [
      'an invalid endpoint',
      { AWS_ENDPOINT_URL: 'nowhere' },
      2,
      USAGE.invalidUrl('AWS_ENDPOINT_URL'),
      USAGE_HINT.endpoint,
    ],
    [
      'an unreachable AWS',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      1,
      cannot(ANY, AWS.noConnection('ECONNREFUSED')),
      AWS_HINT.checkEndpoint('AWS_ENDPOINT_URL'),
    ],
    [
      'an unknown key',
      { MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'AKIAUNKNOWN' },
      1,
      cannot(ANY, AWS.unknownKey('AKIAUNKNOWN', ANY)),
      AWS_HINT.checkKey('MM_APPS_DEPLOY_AWS_ACCESS_KEY', 'us-east-1'),
    ],
    [
      'a wrong secret',
      { MM_APPS_DEPLOY_AWS_SECRET_KEY: 'wrong' },
      1,
      cannot(ANY, AWS.wrongSecret(ANY, ANY)),
      AWS_HINT.checkSecret('MM_APPS_DEPLOY_AWS_ACCESS_KEY'),
    ],
    [
      'a bucket that does not exist',
      { MM_APPS_S3_BUCKET: 'no-such-bucket' },
      1,
      AWS.bucketMissing('no-such-bucket', `list ${ANY}`),
      AWS_HINT.checkBucket('MM_APPS_S3_BUCKET', 'appsctl aws init --create'),
    ],
    [
      'an unreachable Mattermost',
      { MM_SERVICESETTINGS_SITEURL: 'http://127.0.0.1:9' },
      1,
      cannot(MATTERMOST_ACTION.checkToken, MATTERMOST.unreachable('http://127.0.0.1:9', 'ECONNREFUSED')),
      MATTERMOST_HINT.checkServer('MM_SERVICESETTINGS_SITEURL'),
    ],
    [
      'a wrong token',
      { MM_ADMIN_TOKEN: 'wrong' },
      1,
      cannot(MATTERMOST_ACTION.checkToken, MATTERMOST.responds(ANY, 401, ANY)),
      MATTERMOST_HINT.checkToken('MM_ADMIN_TOKEN'),
    ],
  ])('%s', async (_, env, exitCode, message, hint) => {
    const { code, stderr } = await refused(bundle, env);
    expect(stderr).toMatch(matching(errorOutput(message, hint)));
    expect(code).toBe(exitCode);
  });

  test('a token of a user who is not a system admin', async () => {
    const { code, stderr } = await refused(bundle, {
      MM_ADMIN_TOKEN: environment.mattermost.userToken,
    });
    const { siteUrl } = environment.mattermost;
    expect(stderr).toBe(
      errorOutput(MATTERMOST.notAdmin(siteUrl), MATTERMOST_HINT.adminToken('MM_ADMIN_TOKEN')),
    );
    expect(code).toBe(1);
  });

  test.each<
    [Partial<TestEnvironment['mattermost']['server']>, message: (siteUrl: string) => string, hint: string]
  >([
    [{ appsPlugin: 'missing' }, MATTERMOST.pluginMissing, MATTERMOST_HINT.upload],
    [{ appsPlugin: 'disabled' }, MATTERMOST.pluginDisabled, MATTERMOST_HINT.enablePlugin],
    [{ appsFeatureFlag: false }, MATTERMOST.flagOff, MATTERMOST_HINT.setFlag],
    [
      { pluginsEnabled: false },
      (url) => cannot(MATTERMOST_ACTION.checkPlugin, MATTERMOST.responds(url, 501, ANY)),
      MATTERMOST_HINT.enablePlugins,
    ],
    [
      { mfaEnforced: true },
      (url) => cannot(ANY, MATTERMOST.mfaEnforced(url)),
      MATTERMOST_HINT.setUpMfa('MM_ADMIN_TOKEN'),
    ],
  ])('a server with %j', async (changed, message, hint) => {
    const { server, siteUrl } = environment.mattermost;
    const before = { ...server };
    Object.assign(server, changed);
    const { code, stderr } = await refused(bundle).finally(() => Object.assign(server, before));
    expect(stderr).toMatch(matching(errorOutput(message(siteUrl), hint)));
    expect(code).toBe(1);
  });

  test.each([
    ['--policy', DEPLOY.policyMissing('bogus')],
    ['--execute-role', DEPLOY.roleMissing('bogus')],
  ])('%s that does not exist', async (flag, message) => {
    const { code, stderr } = await refused(bundle, {}, flag, 'bogus');
    expect(stderr).toBe(errorOutput(message, DEPLOY_HINT.checkOrPrepare(flag, 'appsctl aws init --create')));
    expect(code).toBe(1);
  });

  test('a bundle with errors', async () => {
    const file = await writeBundle(environment.folder, manifest({ app_id: 'x', icon: '../x' }));
    const { code, stderr } = await refused(file);
    const findings = ['app_id', 'icon'].map((location) => `  error: ${findingText(location, ANY)}\n`);
    expect(stderr).toMatch(matching(errorOutput(BUNDLE.errors(file, 2)) + findings.join('')));
    expect(code).toBe(2);
  });

  test.each([[], ['--install']])('an icon that is not in the bundle, with the flags %j', async (...flags) => {
    const file = await writeBundle(environment.folder, manifest({ icon: 'icon.png' }));
    const { code, stderr } = await refused(file, {}, ...flags);
    const message = BUNDLE.only(file, 'icon', FINDING.iconNotFound('icon.png'), 'install/icon');
    expect(stderr).toBe(errorOutput(message, FIX.addAsset('static/icon.png')));
    expect(code).toBe(2);
  });

  test('a function name that AWS refuses', async () => {
    const functions = [{ path: '/', name: 'my.func', handler: 'index.handler', runtime: 'nodejs22.x' }];
    const file = await writeBundle(environment.folder, manifest({ aws_lambda: { functions } }));
    const { code, stderr } = await refused(file);
    const message = BUNDLE.only(
      file,
      functionField(0, 'name'),
      FINDING.lambdaName('my.func', 'com-example-test_1-0-0_my.func'),
      'aws/function-name',
    );
    expect(stderr).toBe(errorOutput(message, FIX.lambdaName));
    expect(code).toBe(2);
  });

  test('a function that differs, without --update; with it, the function is updated', async () => {
    const app = manifest({ app_id: 'com.example.differs' });
    const first = await writeBundle(environment.folder, app);
    expect(await environment.run(['aws', 'deploy', first])).toMatchObject({ code: 0 });
    const second = await writeBundle(environment.folder, app, {
      'go.zip': await functionArchive('exports.handler = () => 2;'),
    });
    const { code, stderr } = await refused(second);
    const message = DEPLOY.functionDiffers('com-example-differs_1-0-0_go', 'code');
    expect(stderr).toBe(refusalOutput(message, DEPLOY_HINT.replace('--update')));
    expect(code).toBe(1);
    const updated = await environment.run(['aws', 'deploy', second, '--update']);
    expect(updated.stderr).toContain(resourceLine('updated', 'function', 'com-example-differs_1-0-0_go'));
    expect(updated.code).toBe(0);
  });
});

describe('failures during the deployment are reported in one line', () => {
  test('an app for a server without the four variables', async () => {
    const fresh = await startEnvironment({ runner: 'in-process' });
    onTestFinished(() => fresh.stop());
    await fresh.run(['aws', 'init', '--create']);
    const { code, stderr } = await fresh.run(['aws', 'deploy', await fresh.packageExample(), '--install']);
    const { siteUrl } = fresh.mattermost;
    expect(stderr).toMatch(
      containing(
        errorOutput(
          cannot(
            MATTERMOST_ACTION.install('hello-serverless'),
            // The reason is a text of the Apps plugin.
            MATTERMOST.responds(siteUrl, ANY, `${ANY}is not configured on this Mattermost server${ANY}`),
          ),
          MATTERMOST_HINT.serverVariables('appsctl aws init --create'),
        ),
      ),
    );
    expect(code).toBe(1);
  });

  test('a third access key', async () => {
    expect(await environment.run(['aws', 'init', '--create-access-key'])).toMatchObject({ code: 0 });
    const { code, stdout, stderr, requests } = await environment.run(['aws', 'init', '--create-access-key']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const names = 'MM_APPS_AWS_ACCESS_KEY and MM_APPS_AWS_SECRET_KEY';
    const hint = INIT_HINT.otherKey(`AKIA${ANY}`, names, `AKIA${ANY}`, '--delete-old-key');
    expect(stderr).toMatch(matching(refusalOutput(INIT.twoAccessKeys('mattermost-apps-invoke'), hint)));
    expect(findChanges(requests)).toEqual([]);
  });

  test('aws test before the example app is deployed', async () => {
    for (const what of ['s3', 'list']) {
      const { code, stderr } = await environment.run(['aws', 'test', what]);
      const hint = AWS_HINT.deployExample('appsctl aws test deploy APP');
      expect(stderr).toMatch(matching(errorOutput(ANY, hint)));
      expect(code).toBe(1);
    }
    const lambda = await environment.run(['aws', 'test', 'lambda'], {
      clock: new FakeClock(),
    });
    expect(lambda).toMatchObject({ code: 1, stdout: '' });
  });

  test('text from outside cannot control the terminal', async () => {
    const file = join(environment.folder, '\u001b[31mred.zip');
    await writeFile(file, 'no zip');
    const { stderr } = await refused(file);
    expect(stderr).toContain('\\u001b[31mred.zip');
    expect(stderr).not.toContain('\u001b');
  });
});
