import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readAccountState } from '../support/account-state.js';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { findInvokePolicy } from '../support/full-policies.js';
import { errorOutput, warningLine } from '../support/messages/output.js';
import { findChanges } from '../support/requests.js';

const ID = 'com.example.test';
const FUNCTION = 'com-example-test_1-1-0_go';
const ARN = `arn:aws:lambda:us-east-1:123456789012:function:${FUNCTION}`;
const ASSETS = 'static/com.example.test_1.1.0_app/';
/** Without a Mattermost server. */
const ALONE = { MM_SERVICESETTINGS_SITEURL: '', MM_ADMIN_TOKEN: '' };

let start: TestEnvironment;
let environment: TestEnvironment;
let bundle: string;

beforeAll(async () => {
  start = await startEnvironment({ runner: 'in-process' });
  await start.init();
  const first = await writeBundle(start.folder, manifest(), { 'static/icon.png': 'icon' });
  await start.runOrThrow(['aws', 'deploy', first]);
  const app = manifest({ version: '1.1.0', icon: 'icon.png' });
  bundle = await writeBundle(start.folder, app, { 'static/icon.png': 'icon' });
  await start.runOrThrow(['aws', 'deploy', bundle, '--install', '--env', 'TOKEN=secret-value']);
});
afterAll(() => start.stop());
beforeEach(async () => {
  environment = await startEnvironment({ like: start });
});
afterEach(() => environment.stop());

/** The problems that `aws status` finds: its lines without the summary. */
async function problems(...args: string[]): Promise<string[]> {
  const { code, stdout } = await environment.run(['aws', 'status', ...args]);
  const lines = stdout.trimEnd().split('\n');
  expect(code).toBe(lines.length > 1 ? 1 : 0);
  return lines.slice(0, -1);
}

async function putObject(key: string, content: string): Promise<void> {
  await environment.clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: content }));
}

/** The functions of the local AWS, which tests change. */
const stored = () =>
  environment.aws.stored.functions as Map<string, ReturnType<typeof environment.aws.function>>;

describe('aws list', () => {
  test('shows each function of each version, and what the server has of it', async () => {
    const { code, stdout, stderr, requests } = await environment.run(['aws', 'list'], { runner: 'process' });
    expect({ code, stderr, changes: findChanges(requests) }).toEqual({ code: 0, stderr: '', changes: [] });
    const day = '\\d{4}-\\d\\d-\\d\\d';
    const row = (version: string, server: string): string =>
      `${ID} +${version} +go +Active +nodejs22\\.x +2027-06-01 +256 MB +30 s +x86_64 +\\d+ B +${day} \\d\\d:\\d\\d +${server}`;
    const columns =
      'app version function state runtime ends memory timeout arch size changed listed installed';
    const lines = [columns.replaceAll(' ', ' +'), row('1.1.0', 'yes +yes'), row('1.0.0', '- +-')];
    expect(stdout).toMatch(new RegExp(`^${lines.join('\n')}\n$`));
  });

  test('has no columns for a server that is not configured', async () => {
    const { stdout } = await environment.runOrThrow(['aws', 'list', ID], { env: ALONE });
    expect(stdout.split('\n')[0]).toMatch(/changed$/);
  });

  test('prints everything as JSON, but no value of a variable', async () => {
    const { stdout } = await environment.runOrThrow(['aws', 'list', `${ID}@1.1.0`, '--json']);
    expect(stdout).not.toContain('secret-value');
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      versions: [
        {
          ...{ id: ID, version: '1.1.0', displayName: 'Test' },
          manifestKey: 'manifests/com.example.test_1.1.0.json',
          deployedAt: expect.stringMatching(/Z$/),
          functions: [
            {
              ...{ name: 'go', lambdaName: FUNCTION, handler: 'index.handler', runtime: 'nodejs22.x' },
              status: 'found',
              aws: {
                ...{
                  arn: ARN,
                  state: 'Active',
                  stateReason: null,
                  updating: false,
                  updateFailure: null,
                  handler: 'index.handler',
                },
                runtime: 'nodejs22.x',
                runtimeEnd: { createBlocked: '2027-06-01', updateBlocked: '2027-07-01', over: false },
                roleArn: 'arn:aws:iam::123456789012:role/mattermost-apps-execute-lambda-role',
                ...{ memory: 256, timeout: 30, architecture: 'x86_64', ephemeralStorage: 512 },
                ...{ vpc: { subnets: [], securityGroups: [] }, layers: [], tracing: 'pass-through' },
                logGroup: `/aws/lambda/${FUNCTION}`,
                ...{ variables: ['TOKEN'], tags: [], codeSize: (await functionArchive()).length },
                codeSha256: expect.any(String),
                lastModified: expect.stringMatching(/Z$/),
              },
            },
          ],
          assets: { count: 1, bytes: 4 },
          icon: { key: `${ASSETS}icon.png`, exists: true },
          server: {
            listedVersion: '1.1.0',
            installedVersion: '1.1.0',
            deployType: 'aws_lambda',
            disabled: false,
          },
        },
      ],
      damagedManifests: [],
      notChecked: [],
    });
  });

  test('takes ID and version from the manifest, and names damaged ones', async () => {
    await putObject('manifests/com.example.moved_9.json', JSON.stringify(manifest({ version: '3.0.0' })));
    await putObject('manifests/com.example.test_2.0.0.json', '{');
    const { stdout, stderr } = await environment.runOrThrow(['aws', 'list']);
    expect(stderr).toBe(warningLine('manifests/com.example.test_2.0.0.json is not the manifest of an app'));
    expect(
      stdout.match(/^com\.example\.test +[\d.]+ +go +\w+/gm)?.map((row) => row.replace(/ +/g, ' ')),
    ).toEqual([
      'com.example.test 3.0.0 go missing',
      'com.example.test 1.1.0 go Active',
      'com.example.test 1.0.0 go Active',
    ]);
  });

  test('says that no apps are deployed', async () => {
    const { objects } = environment.aws.bucket(BUCKET);
    objects.clear();
    const { stdout } = await environment.runOrThrow(['aws', 'list']);
    expect(stdout).toBe('no apps are deployed\n');
  });

  test('goes on without a server that does not respond', async () => {
    const env = { MM_SERVICESETTINGS_SITEURL: 'http://127.0.0.1:1' };
    const { stdout, stderr } = await environment.runOrThrow(['aws', 'list'], { env });
    expect(stdout.split('\n')[0]).toMatch(/changed$/);
    expect(stderr).toMatch(/^warning: not checked: server: cannot list the apps: .*ECONNREFUSED.*\n$/);
  });
});

describe('aws status', () => {
  test('is all right after a deployment, twice in a row, and changes nothing', async () => {
    const before = readAccountState(environment);
    for (const args of [[], [ID], [`${ID}@1.1.0`]]) {
      const { code, stdout, stderr, requests } = await environment.run(['aws', 'status', ...args]);
      const versions = args[0]?.includes('@') ? '1 version, 1 function' : '2 versions, 2 functions';
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: `1 app, ${versions}: all right\n`,
        stderr: '',
      });
      expect(findChanges(requests)).toEqual([]);
    }
    expect(readAccountState(environment)).toEqual(before);
  });

  test('finds functions that are missing, have failed, or differ from the manifest', async () => {
    stored().delete('com-example-test_1-0-0_go');
    const other = environment.aws.function(FUNCTION);
    other.state = { name: 'Inactive', reason: 'The function is idle.' };
    other.updateFailure = { reason: 'The key is disabled.', code: 'DisabledKMSKey' };
    other.live.runtime = 'nodejs20.x';
    expect(await problems()).toEqual([
      `${ID} 1.1.0: function ${FUNCTION} is in the state Inactive: The function is idle.`,
      `${ID} 1.1.0: the last update of function ${FUNCTION} failed: The key is disabled., DisabledKMSKey`,
      `${ID} 1.1.0: function ${FUNCTION} has the runtime nodejs20.x, the manifest says nodejs22.x`,
      `${ID} 1.0.0: function com-example-test_1-0-0_go does not exist`,
    ]);
  });

  test('finds a missing icon, and an entry of the policies that is missing', async () => {
    environment.aws.bucket(BUCKET).objects.delete(`${ASSETS}icon.png`);
    const [version] = findInvokePolicy(environment).versions.slice(-1);
    if (version !== undefined) version.document = version.document.replace(ARN, ARN.replace('test', 'gone'));
    expect(await problems()).toEqual([
      `${ID} 1.1.0: icon ${ASSETS}icon.png does not exist: the app cannot be installed without it`,
      `${ID} 1.1.0: the server may not invoke function ${FUNCTION}: no policy in effect allows it`,
      `left over: policy mattermost-apps-invoke-policy allows ${ARN.replace('test', 'gone')}, which is no function of an app`,
    ]);
  });

  test('expects the version that the server lists, also after a rollback', async () => {
    await environment.runOrThrow(['aws', 'rollback', ID, '--to', '1.0.0']);
    expect(await problems(ID)).toEqual([`${ID} 1.0.0: the server has installed version 1.1.0`]);
    await environment.runOrThrow(['aws', 'rollback', ID, '--to', '1.0.0', '--install']);
    expect(await problems()).toEqual([]);
  });

  test('finds what the server does not have as it should be', async () => {
    await environment.runOrThrow(['mattermost', 'disable', ID]);
    expect(await problems(ID)).toEqual([`${ID} 1.1.0: the server has it installed, but disabled`]);
    expect(await problems(`${ID}@1.0.0`)).toEqual([
      `${ID} 1.0.0: the server lists version 1.1.0`,
      `${ID} 1.0.0: the server has installed version 1.1.0`,
      `${ID} 1.0.0: the server has it installed, but disabled`,
    ]);
    await environment.runOrThrow(['mattermost', 'uninstall', ID, '--yes']);
    (environment.mattermost.listed as Map<string, unknown>).delete(ID);
    expect(await problems()).toEqual([`${ID} 1.1.0: the server does not list the app`]);
  });

  test('finds what belongs to no app, but not of one app', async () => {
    const { live, ...rest } = environment.aws.function(FUNCTION);
    for (const name of ['other_1_go', 'other-team', 'damaged_2-0_go'])
      stored().set(name, { ...rest, live: { ...live, name, arn: ARN.replace(FUNCTION, name) } });
    await putObject('manifests/damaged_2.0.json', 'null');
    await putObject('static/damaged_2.0_app/a.txt', 'a');
    await putObject('static/other_1_app/a.txt', 'abc');
    await putObject('static/other_1_app/b/c.txt', 'abc');
    expect(await problems()).toEqual([
      'manifests/damaged_2.0.json is not the manifest of an app',
      'left over: no manifest has function other_1_go',
      'left over: no manifest has the assets in static/other_1_app/: 2 objects, 6 B',
    ]);
    expect(await problems(ID)).toEqual([]);
  });

  test('compares with a bundle or a folder', async () => {
    expect(await problems('--bundle', bundle)).toEqual([]);
    const app = join(environment.folder, 'app');
    await mkdir(join(app, 'go'), { recursive: true });
    await mkdir(join(app, 'static'), { recursive: true });
    const content = manifest({ version: '1.1.0', icon: 'icon.png', display_name: 'Another' });
    await writeFile(join(app, 'manifest.json'), JSON.stringify(content));
    await writeFile(join(app, 'go/index.js'), 'exports.handler = async () => 2;');
    await writeFile(join(app, 'static/icon.png'), 'new!');
    await writeFile(join(app, 'static/more.txt'), 'more');
    expect(await problems(ID, '--bundle', app)).toEqual([
      `${ID} 1.1.0: function ${FUNCTION} differs from the bundle: code`,
      `${ID} 1.1.0: asset ${ASSETS}more.txt of the bundle does not exist`,
      `${ID} 1.1.0: asset ${ASSETS}icon.png differs from the bundle`,
      `${ID} 1.1.0: manifest manifests/com.example.test_1.1.0.json differs from the bundle`,
    ]);
  });

  test('refuses the bundle of another app', async () => {
    const { code, stderr } = await environment.run(['aws', 'status', `${ID}@1.0.0`, '--bundle', bundle]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: errorOutput(
        `${bundle} is app ${ID} 1.1.0, not ${ID} 1.0.0`,
        'name the bundle of that app, or leave out the app',
      ),
    });
  });

  test('refuses flags of a bundle without one', async () => {
    const { code, stderr } = await environment.run(['aws', 'status', '--config', 'x.json']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: errorOutput('--config is only for --bundle', 'add --bundle'),
    });
  });

  test('is not all right without a server that does not respond', async () => {
    const env = { MM_SERVICESETTINGS_SITEURL: 'http://127.0.0.1:1' };
    const { code, stdout } = await environment.run(['aws', 'status'], { env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^not checked: server: .*ECONNREFUSED.*\n.*: not everything could be checked\n$/);
    expect(await environment.run(['aws', 'status'], { env: ALONE })).toMatchObject({ code: 0 });
  });

  test('is not all right with a token that the server does not accept, but with that of any user', async () => {
    const withToken = (token: string) => ({ env: { MM_ADMIN_TOKEN: token } });
    const { code, stdout } = await environment.run(['aws', 'status'], withToken('expired'));
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^not checked: server: .*MM_ADMIN_TOKEN.*\n.*: not everything could be checked\n$/,
    );
    const { userToken } = environment.mattermost;
    expect(await environment.run(['aws', 'status'], withToken(userToken))).toMatchObject({ code: 0 });
  });

  test('prints a report as JSON', async () => {
    stored().delete(FUNCTION);
    const { code, stdout } = await environment.run(['aws', 'status', ID, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      ok: false,
      versions: [
        { id: ID, version: '1.1.0', functions: 1, ok: false },
        { id: ID, version: '1.0.0', functions: 1, ok: true },
      ],
      problems: [
        {
          app: { id: ID, version: '1.1.0' },
          ...{ problem: 'missing', kind: 'function', name: FUNCTION },
          message: `function ${FUNCTION} does not exist`,
        },
      ],
      notChecked: [],
    });
  });
});

describe.each(['list', 'status'])('aws %s', (command) => {
  test('names what is deployed for an unknown app or version', async () => {
    const unknown = await environment.run(['aws', command, 'com.exmple.test']);
    expect(unknown).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: errorOutput(
        `app com.exmple.test is not deployed: bucket ${BUCKET} has no manifest of it`,
        `did you mean ${ID}?`,
      ),
    });
    const version = await environment.run(['aws', command, `${ID}@2`]);
    expect(version).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: errorOutput(`version 2 of app ${ID} is not deployed`, 'deployed, latest first: 1.1.0, 1.0.0'),
    });
    expect(await environment.run(['aws', command, '@1'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('is interrupted immediately', async () => {
    const abort = new AbortController();
    environment.intercept(({ operation }) => {
      if (operation === 'GetFunction') abort.abort();
      return undefined;
    });
    const { code, stdout } = await environment.run(['aws', command], { signal: abort.signal });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  });
});
