import { join } from 'node:path';
import { AttachUserPolicyCommand, CreatePolicyCommand, DetachGroupPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { readAccountState } from '../support/account-state.js';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import {
  BUCKET,
  EXAMPLE,
  type RunOptions,
  startEnvironment,
  type TestEnvironment,
} from '../support/environment.js';
import { AWS, AWS_HINT } from '../support/messages/aws.js';
import { errorOutput } from '../support/messages/output.js';
import { findChanges } from '../support/requests.js';
import { writeFiles } from '../support/temp-app.js';
import { tempFolder } from '../support/temp-folder.js';

const APP = 'com.example.test';
const folder = await tempFolder();
let environment: TestEnvironment;
/** Without an app. */
let empty: TestEnvironment;
let bundle: string;

const nodeFunction = (name: string) => ({
  ...{ path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' },
});
const answer = (code: string): Promise<Buffer> => functionArchive(`exports.handler = async () => (${code});`);

beforeAll(async () => {
  empty = await startEnvironment({ runner: 'in-process' });
  await empty.init();
  environment = await startEnvironment({ like: empty });
  const functions = ['ok', 'error', 'lost'].map(nodeFunction);
  const content = manifest({ icon: 'icon.png', aws_lambda: { functions } });
  bundle = await writeBundle(folder, content, {
    'static/icon.png': 'png',
    'ok.zip': await answer('{ statusCode: 200, body: JSON.stringify({ type: "ok" }) }'),
    'error.zip': await answer('{ statusCode: 200, body: JSON.stringify({ type: "error", text: "no" }) }'),
    'lost.zip': await answer('{ statusCode: 404, body: "" }'),
  });
  await environment.runOrThrow(['aws', 'deploy', bundle]);
});
afterAll(() => Promise.all([empty.stop(), environment.stop()]));

interface Line {
  readonly outcome: string;
  readonly title: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** Runs `aws test --json`, and returns the exit code and the checks that did not pass. */
async function runTest(
  args: readonly string[] = [],
  { run }: TestEnvironment = environment,
  options?: RunOptions,
) {
  const { code, stdout, requests } = await run(['aws', 'test', ...args, '--json'], options);
  const { passed, app, checks } = JSON.parse(stdout) as { passed: boolean; app?: object; checks: Line[] };
  expect(code).toBe(passed ? 0 : 1);
  const sent = findChanges(requests).map(({ operation }) => operation);
  expect(sent.filter((operation) => operation !== 'Invoke' && operation !== 'PutObject')).toEqual([]);
  return { code, app, checks, others: checks.filter(({ outcome }) => outcome !== 'passed') };
}

describe("with the server's key, aws test passes", () => {
  test('for an app that works, with a line for each check', async () => {
    const state = readAccountState(environment).resources;
    const { code, stdout, stderr } = await environment.run(['aws', 'test', APP]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      `passed   the credentials are valid: arn:aws:iam::123456789012:user/${DEFAULT_NAMES.user} (MM_APPS_AWS_ACCESS_KEY)`,
      `passed   the bucket can be reached, and belongs to the account: ${BUCKET}, 123456789012`,
      `passed   manifests can be listed: 1 in ${BUCKET}`,
      `passed   the manifest of ${APP} can be read: manifests/${APP}_1.0.0.json`,
      `passed   the icon can be read: static/${APP}_1.0.0_app/icon.png`,
      'passed   function ok answers: /ping has the type ok',
      'passed   function error answers: /ping has the type error',
      'passed   function lost answers: /ping has the status 404, with which an installation fails',
      'passed   the invoke policy is attached to the AWS user: the functions may be invoked',
      'passed   writing objects is denied',
      'passed   reading locks is denied',
      'passed   invoking functions of others is denied',
      '12 passed, 0 failed, 0 skipped',
      '',
    ]);
    // Functions write logs.
    const isLog = ([name]: [string, string]): boolean => name.startsWith('log group');
    const withoutLogs = (resources: Readonly<Record<string, string>>) =>
      Object.entries(resources).filter((entry) => !isLog(entry));
    expect(withoutLogs(readAccountState(environment).resources)).toEqual(withoutLogs(state));
  });

  test('twice in a row, and for a version, a bundle and a folder', async () => {
    const app = join(folder, 'app');
    await writeFiles(app, { 'manifest.json': JSON.stringify(manifest()) });
    for (const named of [`${APP}@1.0.0`, bundle, app, APP])
      expect(await runTest([named])).toMatchObject({ app: { id: APP, version: '1.0.0' }, others: [] });
  });

  test('with another path', async () => {
    const { checks } = await runTest([APP, '--path', '/send']);
    expect(checks.map(({ detail }) => detail)).toContain('/send has the status 404');
  });

  test('in an account without apps, where it skips what needs one', async () => {
    const { others, checks } = await runTest([], empty);
    expect(others).toHaveLength(4);
    expect(new Set(others.map(({ outcome, detail }) => `${outcome} ${detail}`))).toEqual(
      new Set(['skipped no app is deployed']),
    );
    expect(checks).toHaveLength(10);
  });

  test('without an app, for the example app if it is deployed', async () => {
    await using started = Object.assign(await startEnvironment({ like: environment }), {
      [Symbol.asyncDispose]: () => started.stop(),
    });
    const before = await runTest([], started);
    expect(before.app).toBeUndefined();
    expect(before.others.map(({ detail }) => detail)).toEqual(
      Array.from({ length: 3 }, () => 'no app is named, and the example app is not deployed'),
    );
    await started.runOrThrow(['aws', 'test', 'deploy', EXAMPLE]);
    expect(await runTest([], started)).toMatchObject({ app: { id: 'hello-serverless' }, others: [] });
  });
});

describe('aws test fails', () => {
  test('for an unknown app, an unknown version, and a bundle that is not deployed', async () => {
    const other = await writeBundle(folder, manifest({ version: '3.0.0' }));
    for (const [named, detail, hint] of [
      [
        'com.example.tset',
        `app com.example.tset is not deployed: bucket ${BUCKET} has no manifest of it`,
        `did you mean ${APP}?`,
      ],
      [`${APP}@2.0.0`, `version 2.0.0 of app ${APP} is not deployed`, 'deployed, latest first: 1.0.0'],
      [other, `version 3.0.0 of app ${APP} is not deployed`, 'deployed, latest first: 1.0.0'],
    ] as const) {
      const { others } = await runTest([named]);
      expect(others[0]).toMatchObject({ outcome: 'failed', detail, hint });
      expect(others.slice(1).map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'skipped']);
    }
  });

  test('for a key that AWS does not know, and skips everything else', async () => {
    const env = { MM_APPS_AWS_ACCESS_KEY: 'AKIAUNKNOWN' };
    const { others } = await runTest([APP], environment, { env });
    expect(others[0]).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining(AWS.unknownKey('AKIAUNKNOWN', 'InvalidClientTokenId')),
      hint: AWS_HINT.checkKey('MM_APPS_AWS_ACCESS_KEY', 'us-east-1'),
    });
    expect(others).toHaveLength(10);
  });

  test('for a bucket that does not exist, and one of somebody else', async () => {
    await using started = Object.assign(
      await startEnvironment({
        like: environment,
        aws: { others: [{ bucket: 'foreign', accountId: '999999999999', letsIn: true }] },
      }),
      { [Symbol.asyncDispose]: () => started.stop() },
    );
    for (const [name, detail] of [
      ['missing', 'bucket missing does not exist'],
      ['foreign', AWS.bucketNotOwned('foreign')],
    ] as const) {
      const { others } = await runTest([APP], started, { env: { MM_APPS_S3_BUCKET: name } });
      expect(others[0]).toMatchObject({ outcome: 'failed', detail });
    }
  });

  test('for the key of an administrator, who may do too much', async () => {
    const { accessKeyId, secretAccessKey } = environment.aws.admin;
    const env = { MM_APPS_AWS_ACCESS_KEY: accessKeyId, MM_APPS_AWS_SECRET_KEY: secretAccessKey };
    const objects = environment.aws.bucket(BUCKET).objects.size;
    const { others } = await runTest([APP], environment, { env });
    expect(others.map(({ outcome, title }) => `${outcome} ${title}`)).toEqual([
      'failed writing objects is denied',
      'failed reading locks is denied',
      'failed invoking functions of others is denied',
    ]);
    expect(environment.aws.bucket(BUCKET).objects.size).toBe(objects);
  });

  test('for a policy that allows too much', async () => {
    await using started = Object.assign(await startEnvironment({ like: environment }), {
      [Symbol.asyncDispose]: () => started.stop(),
    });
    const { iam } = started.clients;
    const Statement = [{ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'more', PolicyDocument }));
    await iam.send(new AttachUserPolicyCommand({ UserName: DEFAULT_NAMES.user, PolicyArn: Policy?.Arn }));
    const { others } = await runTest([APP], started);
    expect(others).toMatchObject([
      {
        outcome: 'failed',
        title: 'writing objects is denied',
        hint: 'remove s3:PutObject from the policies of the AWS user of MM_APPS_AWS_ACCESS_KEY, or use the key of the server',
      },
    ]);
  });

  test('for a policy that is not attached, after some seconds in which it could be new', async () => {
    await using started = Object.assign(await startEnvironment({ like: environment }), {
      [Symbol.asyncDispose]: () => started.stop(),
    });
    const PolicyArn = `arn:aws:iam::123456789012:policy/${DEFAULT_NAMES.policy}`;
    await started.clients.iam.send(
      new DetachGroupPolicyCommand({ GroupName: DEFAULT_NAMES.group, PolicyArn }),
    );
    const { others } = await runTest([APP], started);
    expect(others[0]).toMatchObject({ outcome: 'failed', detail: AWS.bucketNotOwned(BUCKET) });
  });

  test('for a function that is not allowed, one that fails, one that does not end and one that is no app', async () => {
    await using started = Object.assign(await startEnvironment({ like: environment }), {
      [Symbol.asyncDispose]: () => started.stop(),
    });
    const functions = ['fails', 'hangs', 'other', 'gone'].map(nodeFunction);
    const id = 'com.example.bad';
    const bad = await writeBundle(folder, manifest({ app_id: id, aws_lambda: { functions } }), {
      'fails.zip': await functionArchive('exports.handler = async () => { throw new TypeError("no"); };'),
      'hangs.zip': await functionArchive(
        'exports.handler = () => new Promise((done) => setTimeout(done, 60000));',
      ),
      'other.zip': await answer('"hello"'),
    });
    await started.runOrThrow(['aws', 'deploy', bad, '--timeout', '1', '--no-list']);
    (started.aws.stored.functions as Map<string, unknown>).delete('com-example-bad_1-0-0_gone');
    const { others } = await runTest([id], started);
    const name = (item: string): string => `function com-example-bad_1-0-0_${item}`;
    expect(others.map(({ detail }) => detail)).toEqual([
      'the manifest has none',
      `${name('fails')} failed: TypeError: no`,
      expect.stringMatching(`^${name('hangs')} failed: .*timed out after 1.00 seconds$`),
      `${name('other')} did not return a Mattermost app response: "hello"`,
      `${name('gone')} does not exist`,
    ]);
    expect(others[1]?.hint).toBe(AWS_HINT.functionLog(`appsctl aws logs ${id}`));
    // A new version of the policy that lacks the functions.
    const policy = started.aws.stored.policies.get(
      `arn:aws:iam::123456789012:policy/${DEFAULT_NAMES.policy}`,
    );
    for (const version of policy?.versions ?? [])
      version.document = version.document.replaceAll('com-example-bad_', 'another_');
    const denied = await runTest([id], started);
    expect(denied.others.at(-1)).toMatchObject({
      outcome: 'failed',
      title: 'the invoke policy is attached to the AWS user',
      detail: '4 of 4 functions may not be invoked',
    });
  });
});

test('a key and a policy that are some seconds old are waited for', async () => {
  let refusals = 3;
  await using started = Object.assign(
    await startEnvironment({
      like: environment,
      aws: {
        intercept: ({ operation }) =>
          operation === 'Invoke' && refusals-- > 0
            ? { kind: 'error', status: 403, code: 'AccessDeniedException', message: 'not yet' }
            : undefined,
      },
    }),
    { [Symbol.asyncDispose]: () => started.stop() },
  );
  expect((await runTest([APP], started)).others).toEqual([]);
});

test.each([
  ['aws test', ['aws', 'test', APP], ''],
  ['aws deploy --test, after the deployment', ['aws', 'deploy', '--test'], 'is deployed to AWS'],
])('an interruption ends %s', async (_, args, printed) => {
  const interruption = new AbortController();
  const aws = {
    intercept: ({ operation }: { operation: string }) => {
      if (operation === 'Invoke') interruption.abort();
      return undefined;
    },
  };
  await using started = Object.assign(await startEnvironment({ like: environment, aws }), {
    [Symbol.asyncDispose]: () => started.stop(),
  });
  const line = args.includes('deploy') ? [...args, bundle] : args;
  const { code, stdout } = await started.run(line, { signal: interruption.signal });
  expect(code).toBe(130);
  expect(stdout).not.toContain('passed');
  expect(stdout).toContain(printed);
});

describe('the sub-commands', () => {
  test('take flags, and no others than before', async () => {
    const region = ['--region', 'us-east-1'];
    const unset = { env: { MM_APPS_AWS_REGION: '' } };
    await environment.runOrThrow(['aws', 'test', 'deploy', EXAMPLE, ...region], unset);
    const { stdout } = await environment.runOrThrow(['aws', 'test', 'list', ...region], unset);
    expect(stdout).toBe('hello-serverless\n');
    const result = await environment.run(['aws', 'test', 'list', '--json']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain("unknown option '--json'");
  });

  test('hide an app of the same name, unless it has a version', async () => {
    const { others } = await runTest(['list@1.0.0']);
    expect(others[0]?.detail).toBe(`app list is not deployed: bucket ${BUCKET} has no manifest of it`);
  });
});

describe('aws deploy --test', () => {
  test('prints the deployment, then the checks, and exits with 1 if one failed', async () => {
    await using started = Object.assign(await startEnvironment({ like: environment }), {
      [Symbol.asyncDispose]: () => started.stop(),
    });
    const good = await started.run(['aws', 'deploy', bundle, '--test']);
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/is deployed to AWS\.[\s\S]*\n12 passed, 0 failed, 0 skipped\n$/);
    const changes = {
      'ok.zip': await functionArchive('exports.handler = async () => { throw new Error("x"); };'),
    };
    const content = manifest({ version: '2.0.0', aws_lambda: { functions: [nodeFunction('ok')] } });
    const bad = await started.run(['aws', 'deploy', await writeBundle(folder, content, changes), '--test']);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/2\.0\.0\) is deployed to AWS\.[\s\S]*\nfailed {3}function ok answers: /);
  });

  test("reports missing variables of the server's key before anything is changed", async () => {
    const env = { MM_APPS_AWS_ACCESS_KEY: '', MM_ADMIN_TOKEN: '' };
    const { code, stderr, requests } = await environment.run(['aws', 'deploy', bundle, '--test'], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/MM_ADMIN_TOKEN.*\n.*MM_APPS_AWS_ACCESS_KEY/);
    expect(requests).toEqual([]);
  });

  test('is not for --dry-run', async () => {
    const result = await environment.run(['aws', 'deploy', bundle, '--test', '--dry-run']);
    const message = '--test is not for --dry-run, which deploys nothing to test';
    expect(result).toMatchObject({ code: 2, stderr: errorOutput(message) });
  });
});
