import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionCommand, PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifest, writeBundle, zip } from '../support/bundle.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { findChanges } from '../support/requests.js';

const ID = 'com.example.test';
const CODE = "exports.handler = async () => ({ statusCode: 200, body: '{}' });";

let environment: TestEnvironment;
let layer: string;
beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
  await environment.init();
  const { iam, lambda } = environment.clients;
  for (const name of ['service-role/AWSLambdaVPCAccessExecutionRole', 'AWSXRayDaemonWriteAccess']) {
    const PolicyArn = `arn:aws:iam::aws:policy/${name}`;
    await iam.send(
      new AttachRolePolicyCommand({ RoleName: 'mattermost-apps-execute-lambda-role', PolicyArn }),
    );
  }
  const Content = { ZipFile: await zip({ 'nodejs/x.js': '' }) };
  const published = await lambda.send(new PublishLayerVersionCommand({ LayerName: 'shared', Content }));
  layer = published.LayerVersionArn ?? '';
});
afterAll(() => environment.stop());

let apps = 0;
/** Writes the folder of an app with the functions `one` and `two`. */
async function writeApp(settings: object | undefined, version = '1.0.0'): Promise<string> {
  const folder = join(environment.folder, `app-${++apps}`);
  const functions = ['one', 'two'].map((name) => ({
    ...{ path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  for (const name of ['one', 'two']) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'index.js'), CODE);
  }
  const content = manifest({ version, aws_lambda: { functions } });
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(content));
  if (settings !== undefined) await writeFile(join(folder, 'appsctl.json'), JSON.stringify(settings));
  return folder;
}

/** What AWS has of a function. */
async function settingsOnAws(name: string, version = '1-0-0') {
  const { lambda, logs } = environment.clients;
  const FunctionName = `com-example-test_${version}_${name}`;
  const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  const logGroupNamePrefix = `/aws/lambda/${FunctionName}`;
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
  return {
    memory: Configuration?.MemorySize,
    timeout: Configuration?.Timeout,
    architecture: Configuration?.Architectures?.[0],
    env: Configuration?.Environment?.Variables ?? {},
    tags: Tags ?? {},
    ephemeralStorage: Configuration?.EphemeralStorage?.Size,
    logRetention: logGroups?.find(({ logGroupName }) => logGroupName === logGroupNamePrefix)?.retentionInDays,
    vpc: {
      subnets: Configuration?.VpcConfig?.SubnetIds ?? [],
      securityGroups: Configuration?.VpcConfig?.SecurityGroupIds ?? [],
    },
    layers: Configuration?.Layers?.map(({ Arn }) => Arn) ?? [],
    tracing: Configuration?.TracingConfig?.Mode,
    handler: Configuration?.Handler,
    runtime: Configuration?.Runtime,
  };
}

describe.sequential('the settings file of a folder', () => {
  const all = () => ({
    ...{ memory: 512, timeout: 60, architecture: 'arm64', ephemeralStorage: 1024, logRetention: 30 },
    env: { LEVEL: 'info', TOKEN: '${SECRET_TOKEN}' },
    requiredEnv: ['TOKEN'],
    tags: { team: 'apps' },
    vpc: { subnets: ['subnet-0a'], securityGroups: ['sg-0a'] },
    layers: [layer],
    tracing: 'active',
  });
  const file = () => ({
    ...all(),
    functions: {
      two: {
        ...{ memory: 1024, timeout: 5, architecture: 'x86_64', ephemeralStorage: 2048, logRetention: 7 },
        env: { LEVEL: 'debug' },
        tags: { part: 'two' },
        vpc: { subnets: [], securityGroups: [] },
        layers: [],
        tracing: 'pass-through',
        ...{ handler: 'index.handler', runtime: 'nodejs24.x' },
      },
    },
    environments: { production: { memory: 2048, functions: { two: { memory: 3072 } } } },
  });
  const env = { SECRET_TOKEN: 'secret-7' };
  const one = () => ({
    ...{ memory: 512, timeout: 60, architecture: 'arm64', ephemeralStorage: 1024, logRetention: 30 },
    env: { LEVEL: 'info', TOKEN: 'secret-7' },
    tags: { team: 'apps' },
    vpc: { subnets: ['subnet-0a'], securityGroups: ['sg-0a'] },
    layers: [layer],
    ...{ tracing: 'Active', handler: 'index.handler', runtime: 'nodejs22.x' },
  });
  const two = () => ({
    ...{ memory: 1024, timeout: 5, architecture: 'x86_64', ephemeralStorage: 2048, logRetention: 7 },
    env: { LEVEL: 'debug', TOKEN: 'secret-7' },
    tags: { team: 'apps', part: 'two' },
    vpc: { subnets: [], securityGroups: [] },
    layers: [],
    ...{ tracing: 'PassThrough', handler: 'index.handler', runtime: 'nodejs24.x' },
  });

  test('reaches AWS with every key, for all functions and for one', async () => {
    const app = await writeApp(file());
    const { code, stdout, stderr } = await environment.run(['aws', 'deploy', app], { env });
    expect([code, `${stdout}${stderr}`]).toEqual([0, expect.not.stringContaining('secret-7')]);
    expect(await settingsOnAws('one')).toEqual(one());
    expect(await settingsOnAws('two')).toEqual(two());
  });

  test('changes nothing when it is deployed again, whatever has been updated', async () => {
    const { code, requests } = await environment.run(['aws', 'deploy', await writeApp(file())], { env });
    expect(code).toBe(0);
    expect(findChanges(requests)).toEqual([]);
  });

  test('gives way to flags, and to the selected environment', async () => {
    const app = await writeApp(file());
    const flags = ['--environment', 'production', '--timeout', '90', '--env', 'LEVEL=warn', '--update'];
    expect(await environment.run(['aws', 'deploy', app, ...flags], { env })).toMatchObject({ code: 0 });
    const [first, second] = [await settingsOnAws('one'), await settingsOnAws('two')];
    expect([first.memory, first.timeout, first.env['LEVEL']]).toEqual([2048, 90, 'warn']);
    expect([second.memory, second.timeout, second.env['LEVEL']]).toEqual([3072, 90, 'warn']);
  });

  test('is not needed for a new version, which takes its settings over and reports them', async () => {
    const app = await writeApp(undefined, '1.1.0');
    const { code, stderr } = await environment.run(['aws', 'deploy', app]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^note: function com-example-test_1-1-0_one: takes over memory 2048 MB, timeout 90 s, .*variables LEVEL, TOKEN.*of version 1\.0\.0$/m,
    );
    expect(stderr).not.toContain('secret-7');
    const expected = { ...one(), memory: 2048, timeout: 90, env: { LEVEL: 'warn', TOKEN: 'secret-7' } };
    expect(await settingsOnAws('one', '1-1-0')).toEqual(expected);
  });

  test('is not taken over with --fresh-settings', async () => {
    const app = await writeApp(undefined, '1.2.0');
    const { code, stderr } = await environment.run(['aws', 'deploy', app, '--fresh-settings']);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('takes over')]);
    expect(await settingsOnAws('one', '1-2-0')).toMatchObject({
      memory: 256,
      timeout: 30,
      env: {},
      tags: {},
    });
  });
});

describe('a settings file for a bundle', () => {
  const writeSettings = async (settings: object): Promise<string> => {
    const file = join(environment.folder, `settings-${++apps}.json`);
    await writeFile(file, JSON.stringify(settings));
    return file;
  };

  test('is named by --config, and may replace handler and runtime', async () => {
    const app = manifest({ app_id: 'com.example.bundle' });
    const bundle = await writeBundle(environment.folder, app);
    const config = await writeSettings({ functions: { go: { memory: 384, runtime: 'nodejs24.x' } } });
    expect(await environment.run(['aws', 'deploy', bundle, '--config', config])).toMatchObject({ code: 0 });
    const FunctionName = 'com-example-bundle_1-0-0_go';
    const { Configuration } = await environment.clients.lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({ MemorySize: 384, Runtime: 'nodejs24.x' });
  });

  test('lifts an old function with --runtime', async () => {
    const app = manifest({
      app_id: 'com.example.old',
      aws_lambda: {
        functions: [{ path: '/', name: 'go', handler: 'index.handler', runtime: 'nodejs14.x' }],
      },
    });
    const bundle = await writeBundle(environment.folder, app);
    const refused = await environment.run(['aws', 'deploy', bundle]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('nodejs14.x')]);
    const lifted = ['--runtime', 'go=nodejs22.x'];
    expect(await environment.run(['aws', 'validate', bundle, ...lifted])).toMatchObject({ code: 0 });
    expect(await environment.run(['aws', 'deploy', bundle, ...lifted])).toMatchObject({ code: 0 });
    const FunctionName = 'com-example-old_1-0-0_go';
    const { Configuration } = await environment.clients.lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration?.Runtime).toBe('nodejs22.x');
  });

  test.each([
    [{ functions: { og: { memory: 512 } } }, ['functions.og: is not the name of a function in the manifest']],
    [{ memory: 64 }, ['memory: 64 is not an integer from 128 to 10240']],
    [{ memroy: 512 }, ['memroy: is not a known key: did you mean "memory"?']],
    [{ env: { KEY: '${NOT_SET}' } }, ['env.KEY: the environment variable NOT_SET is not set']],
    [
      { env: { KEY: '${MM_APPS_DEPLOY_AWS_SECRET_KEY}', TOKEN: '${MM_ADMIN_TOKEN}' } },
      [
        'env.KEY: the environment variable MM_APPS_DEPLOY_AWS_SECRET_KEY is not set',
        'env.TOKEN: the environment variable MM_ADMIN_TOKEN is not set',
      ],
    ],
    [{ requiredEnv: ['DATABASE_URL'] }, ['com-example-refused_1-0-0_go', 'DATABASE_URL']],
    [{ policy: 'not a name' }, ['"not a name" is not a valid name for an IAM policy']],
  ])('is refused before anything is changed: %j', async (settings, messages) => {
    const bundle = await writeBundle(environment.folder, manifest({ app_id: 'com.example.refused' }));
    const config = await writeSettings(settings);
    const { code, stderr, requests } = await environment.run(['aws', 'deploy', bundle, '--config', config]);
    for (const message of messages) expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(findChanges(requests)).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('that is a pipe is refused instead of waited for', async () => {
    const pipe = join(await writeApp({}, '3.0.0'), 'pipe.json');
    await promisify(execFile)('mkfifo', [pipe]);
    const { code, stderr } = await environment.run(['aws', 'deploy', dirname(pipe), '--config', pipe]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`cannot read the settings file ${pipe}: it is not a regular file`),
    ]);
  });

  test('that does not exist, and an environment without a file, are invalid usage', async () => {
    const bundle = await writeBundle(environment.folder, manifest());
    for (const [flags, message] of [
      [['--config', '/no-such.json'], 'cannot read the settings file /no-such.json: it does not exist'],
      [
        ['--environment', 'production'],
        'there is no appsctl.json that could have the environment "production"',
      ],
    ] as const) {
      const { code, stderr } = await environment.run(['aws', 'deploy', bundle, ...flags]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});

test('the folder of an app can be deployed again after each edit, with --update', async () => {
  const app = await writeApp({ memory: 256 }, '2.0.0');
  const run = (...flags: string[]) => environment.run(['aws', 'deploy', app, '--fresh-settings', ...flags]);
  expect(await run('--dry-run', '--exit-code')).toMatchObject({ code: 3 });
  expect(await run('--install')).toMatchObject({ code: 0 });
  expect(await run('--dry-run', '--exit-code')).toMatchObject({ code: 0 });
  await writeFile(join(app, 'one', 'index.js'), `${CODE}\n// edited`);
  await mkdir(join(app, 'static'), { recursive: true });
  await writeFile(join(app, 'static', 'a.txt'), 'a');
  expect(await run('--dry-run', '--exit-code')).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(
      /^update {4}function com-example-test_2-0-0_one: code \(only with --update\)\ncreate {4}asset .*\nPlan: 1 to create, 1 to update \(1 only with --update\), .*Nothing was changed/,
    ),
  });
  expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining('--update') });
  expect(await run('--update')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Installed in'),
  });
  await writeFile(join(app, 'static', 'a.txt'), 'b');
  expect(await run()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`asset static/${ID}_2.0.0_app/a.txt already exists and differs`),
  });
  expect(await run('--update')).toMatchObject({ code: 0 });
});
