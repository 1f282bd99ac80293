import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { FakeClock } from '../support/fake-clock.js';
import { findChanges } from '../support/requests.js';

let environment: TestEnvironment;
let bundle: string;

beforeAll(async () => {
  environment = await startEnvironment();
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
  test.each<[string, Record<string, string>, number, RegExp]>([
    ['no region', { MM_APPS_AWS_REGION: '' }, 2, /^error: MM_APPS_AWS_REGION is not set\nhint: /],
    [
      'an invalid region',
      { MM_APPS_AWS_REGION: 'US EAST' },
      2,
      /^error: MM_APPS_AWS_REGION contains white space/,
    ],
    ['no token', { MM_ADMIN_TOKEN: '' }, 2, /^error: MM_ADMIN_TOKEN is not set\n/],
    [
      'an invalid site URL',
      { MM_SERVICESETTINGS_SITEURL: 'example.com' },
      2,
      /^error: MM_SERVICESETTINGS_SITEURL is not a valid http\(s\) URL\n/,
    ],
    [
      'an invalid endpoint',
      { AWS_ENDPOINT_URL: 'nowhere' },
      2,
      /^error: AWS_ENDPOINT_URL is not a valid http\(s\) URL\n/,
    ],
    [
      'an unreachable AWS',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      1,
      /^error: cannot look up .*: cannot connect to AWS \(ECONNREFUSED\)\nhint: check AWS_ENDPOINT_URL/,
    ],
    [
      'an unknown key',
      { MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'AKIAUNKNOWN' },
      1,
      /^error: cannot look up .*: AWS does not know access key AKIAUNKNOWN \(\w+\)\nhint: check MM_APPS_DEPLOY_AWS_ACCESS_KEY/,
    ],
    [
      'a wrong secret',
      { MM_APPS_DEPLOY_AWS_SECRET_KEY: 'wrong' },
      1,
      /^error: cannot look up .*: the secret key does not belong to access key \w+ \(\w+\)\nhint: check MM_APPS_DEPLOY_AWS_ACCESS_KEY and its secret key/,
    ],
    [
      'a bucket that does not exist',
      { MM_APPS_S3_BUCKET: 'no-such-bucket' },
      1,
      /^error: bucket no-such-bucket does not exist: cannot list .*\nhint: check MM_APPS_S3_BUCKET/,
    ],
    [
      'an unreachable Mattermost',
      { MM_SERVICESETTINGS_SITEURL: 'http://127.0.0.1:9' },
      1,
      /^error: cannot check the admin token: http:\/\/127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)\nhint: check MM_SERVICESETTINGS_SITEURL/,
    ],
    [
      'a wrong token',
      { MM_ADMIN_TOKEN: 'wrong' },
      1,
      /^error: cannot check the admin token: .* responds with 401: .*\nhint: check MM_ADMIN_TOKEN/,
    ],
  ])('%s', async (_, env, exitCode, message) => {
    const { code, stderr } = await refused(bundle, env);
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
  });

  test('a token of a user who is not a system admin', async () => {
    const { code, stderr } = await refused(bundle, {
      MM_ADMIN_TOKEN: environment.mattermost.userToken,
    });
    expect(stderr).toMatch(/^error: the admin token does not belong to a system admin of http/);
    expect(code).toBe(1);
  });

  test.each<[Partial<TestEnvironment['mattermost']['server']>, RegExp]>([
    [
      { appsPlugin: 'missing' },
      /^error: the Apps plugin is not installed on http\S+\nhint: upload the plugin/,
    ],
    [{ appsPlugin: 'disabled' }, /^error: the Apps plugin of http\S+ is disabled\nhint: enable the plugin/],
    [{ appsFeatureFlag: false }, /^error: .* AppsEnabled is off\nhint: .* MM_FEATUREFLAGS_APPSENABLED=true/],
    [
      { pluginsEnabled: false },
      /^error: cannot check the Apps plugin: .* responds with 501: .*\nhint: enable plugins/,
    ],
    [{ mfaEnforced: true }, /^error: .* enforces multi-factor authentication, .*\nhint: set it up/],
  ])('a server with %j', async (changed, message) => {
    const { server } = environment.mattermost;
    const before = { ...server };
    Object.assign(server, changed);
    const { code, stderr } = await refused(bundle).finally(() => Object.assign(server, before));
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test.each([
    ['--policy', /^error: policy bogus does not exist\nhint: check --policy/],
    ['--execute-role', /^error: role bogus does not exist\nhint: check --execute-role/],
  ])('%s that does not exist', async (flag, message) => {
    const { code, stderr } = await refused(bundle, {}, flag, 'bogus');
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test('a bundle with errors', async () => {
    const file = await writeBundle(environment.folder, manifest({ app_id: 'x', icon: '../x' }));
    const { code, stderr } = await refused(file);
    expect(stderr).toMatch(/^error: .* has 2 errors\n {2}error: app_id: .*\n {2}error: icon: /);
    expect(code).toBe(2);
  });

  test.each([[], ['--install']])('an icon that is not in the bundle, with the flags %j', async (...flags) => {
    const file = await writeBundle(environment.folder, manifest({ icon: 'icon.png' }));
    const { code, stderr } = await refused(file, {}, ...flags);
    expect(stderr).toMatch(
      /^error: .*: icon: "icon\.png" is not an asset of the bundle: .*\nhint: add static\/icon\.png\n$/,
    );
    expect(code).toBe(2);
  });

  test('a function name that AWS refuses', async () => {
    const functions = [{ path: '/', name: 'my.func', handler: 'index.handler', runtime: 'nodejs22.x' }];
    const { code, stderr } = await refused(
      await writeBundle(environment.folder, manifest({ aws_lambda: { functions } })),
    );
    expect(stderr).toMatch(
      /^error: .*: function my\.func has the Lambda name "com-example-test_1-0-0_my\.func", which AWS does not allow\nhint: /,
    );
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
    expect(stderr).toBe(
      'error: function on AWS differs from the bundle or the options: com-example-differs_1-0-0_go (code)\nhint: replace what is on AWS with --update, or raise the version in manifest.json\n',
    );
    expect(code).toBe(1);
    const updated = await environment.run(['aws', 'deploy', second, '--update']);
    expect(updated.stderr).toContain('updated   function com-example-differs_1-0-0_go\n');
    expect(updated.code).toBe(0);
  });
});

describe('failures during the deployment are reported in one line', () => {
  test('an app for a server without the four variables', async () => {
    const fresh = await startEnvironment();
    onTestFinished(() => fresh.stop());
    await fresh.run(['aws', 'init', '--create']);
    const { code, stderr } = await fresh.run(['aws', 'deploy', await fresh.packageExample(), '--install']);
    expect(stderr).toMatch(
      /\nerror: cannot install app hello-serverless: .*is not configured on this Mattermost server.*\nhint: start the server with MM_APPS_AWS_ACCESS_KEY, .*\n$/,
    );
    expect(code).toBe(1);
  });

  test('a third access key', async () => {
    expect(await environment.run(['aws', 'init', '--create-access-key'])).toMatchObject({ code: 0 });
    const { code, stdout, stderr, requests } = await environment.run(['aws', 'init', '--create-access-key']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: user mattermost-apps-invoke already has 2 access keys, the most AWS allows\nhint: delete one of AKIA/,
    );
    expect(findChanges(requests)).toEqual([]);
  });

  test('aws test before the example app is deployed', async () => {
    for (const what of ['s3', 'list']) {
      const { code, stderr } = await environment.run(['aws', 'test', what]);
      expect(stderr).toMatch(
        /^error: .*\nhint: deploy the example app first: appsctl aws test deploy BUNDLE\n$/,
      );
      expect(code).toBe(1);
    }
    const lambda = await environment.run(['aws', 'test', 'lambda'], {
      runner: 'in-process',
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
