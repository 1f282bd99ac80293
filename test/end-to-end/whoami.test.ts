import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';

let environment: TestEnvironment;
const OTHER = 'bucket-of-others';

beforeAll(async () => {
  const others = [{ bucket: OTHER, accountId: '999999999999', letsIn: false }];
  environment = await startEnvironment({ runner: 'in-process', aws: { others } });
  await environment.runOrThrow(['aws', 'init', '--create']);
});
afterAll(() => environment.stop());

const whoami = (env: Readonly<Record<string, string>> = {}, ...args: string[]) =>
  environment.run(['whoami', ...args], { env });

test('whoami shows the account, the identity, the region, the bucket, the server and its plugin', async () => {
  const { code, stdout, stderr } = await whoami();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    'account      123456789012 (partition aws)',
    'identity     arn:aws:iam::123456789012:root',
    'credentials  MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    'region       us-east-1 (MM_APPS_AWS_REGION)',
    `bucket       ${BUCKET}: exists, and belongs to the account`,
    expect.stringMatching(/^Mattermost {3}http:\/\/127\.0\.0\.1:\d+, version \d+\.\d+\.\d+$/),
    'Apps plugin  version 1.2.2',
    '',
  ]);
});

test('whoami --json is the same for programs', async () => {
  const { stdout } = await whoami({}, '--json');
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    identity: { account: '123456789012', partition: 'aws', arn: 'arn:aws:iam::123456789012:root' },
    credentials: { source: 'MM_APPS_DEPLOY_AWS_ACCESS_KEY' },
    region: { name: 'us-east-1', source: 'MM_APPS_AWS_REGION' },
    bucket: { name: BUCKET, exists: true },
    mattermost: { url: environment.mattermost.siteUrl, version: expect.any(String) },
    appsPlugin: { version: '1.2.2' },
  });
});

test.each<[string, Record<string, string>, string[]]>([
  ['a bucket that does not exist', { MM_APPS_S3_BUCKET: 'missing' }, ['missing: does not exist']],
  ['a bucket of another account', { MM_APPS_S3_BUCKET: OTHER }, [`${OTHER}: `, 'hint: choose another name']],
  ['no bucket', { MM_APPS_S3_BUCKET: '' }, ['bucket       not set']],
  [
    'no server',
    { MM_SERVICESETTINGS_SITEURL: '', MM_ADMIN_TOKEN: '' },
    ['Mattermost   not set', 'Apps plugin  not set'],
  ],
  [
    'half a server',
    { MM_ADMIN_TOKEN: '' },
    ['Mattermost   MM_ADMIN_TOKEN is not set', 'Apps plugin  not looked up'],
  ],
  [
    'a server that does not run',
    { MM_SERVICESETTINGS_SITEURL: 'http://127.0.0.1:9' },
    ['http://127.0.0.1:9 cannot be reached (ECONNREFUSED)'],
  ],
])('whoami shows %s beside what it knows', async (_, env, texts) => {
  const { code, stdout } = await whoami(env);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('account      123456789012') });
  for (const text of texts) expect(stdout).toContain(text);
});

test('whoami shows why the plugin does not run', async () => {
  const { code, stdout } = await whoami();
  environment.mattermost.server.appsPlugin = 'disabled';
  const disabled = await whoami();
  environment.mattermost.server.appsPlugin = 'running';
  expect([code, disabled.code]).toEqual([0, 0]);
  expect(stdout).toContain('Apps plugin  version 1.2.2');
  expect(disabled.stdout).toMatch(/Apps plugin {2}the Apps plugin of .* is disabled\n {13}hint: /);
});

test.each<[string, Record<string, string>]>([
  ['are wrong', { MM_APPS_DEPLOY_AWS_SECRET_KEY: 'wrong' }],
  ['cannot be checked', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }],
])('whoami fails when the credentials %s, and shows the server all the same', async (_, env) => {
  const { code, stdout } = await whoami(env);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^identity {5}cannot look up the account of MM_APPS_DEPLOY_AWS_ACCESS_KEY: /);
  expect(stdout).toContain(`bucket       ${BUCKET}: not looked up`);
  expect(stdout).toContain('Apps plugin  version 1.2.2');
});

test('whoami changes nothing, and stops when it is interrupted', async () => {
  const { requests } = await whoami();
  const operations = requests.map(({ operation }) => operation).sort();
  expect(operations).toEqual([
    expect.stringMatching(/^GET \/api\/v4\/config\/client/),
    'GetCallerIdentity',
    'HeadBucket',
    'POST /plugins/com.mattermost.apps/api/v1/ping',
  ]);
  const { code } = await environment.run(['whoami'], { signal: AbortSignal.abort() });
  expect(code).toBe(130);
});

test.each([
  ['a region', { MM_APPS_AWS_REGION: 'US EAST' }, 'MM_APPS_AWS_REGION'],
  ['a bucket', { MM_APPS_S3_BUCKET: 'A' }, 'MM_APPS_S3_BUCKET'],
  ['half a key', { MM_APPS_DEPLOY_AWS_SECRET_KEY: '' }, 'MM_APPS_DEPLOY_AWS_SECRET_KEY is not set'],
])('whoami refuses %s that is not valid', async (_, env, text) => {
  const { code, stderr, requests } = await whoami(env);
  expect({ code, stderr, requests }).toEqual({
    code: 2,
    stderr: expect.stringContaining(text),
    requests: [],
  });
});
