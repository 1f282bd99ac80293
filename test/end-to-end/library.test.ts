import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AppsctlError,
  type AppsctlEvent,
  type DeployOptions,
  deploy,
  init,
  listApps,
  openBundle,
  packageApp,
  planDeployment,
  status,
  terraformData,
  test as testApp,
  validate,
} from '../../src/index.js';
import { type LocalAws, startLocalAws } from '../stand-ins/aws/index.js';
import { type LocalMattermost, startLocalMattermost } from '../stand-ins/mattermost/index.js';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { DEPLOY } from '../support/messages/deploy.js';
import { SETTINGS } from '../support/messages/function-settings.js';
import { USAGE } from '../support/messages/usage.js';
import { findChanges } from '../support/requests.js';
import { tempFolder } from '../support/temp-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples', 'hello-serverless');
const BUCKET = 'my-mattermost-apps';

const folder = await tempFolder();
const bundle = join(folder, 'hello-serverless_v1.2.0.zip');
let aws: LocalAws;
let mattermost: LocalMattermost;
let account: {
  region: string;
  bucket: string;
  endpoints: Record<'iam' | 'lambda' | 'logs' | 's3' | 'sts', string>;
};

beforeAll(async () => {
  aws = await startLocalAws();
  mattermost = await startLocalMattermost({ timeouts: { ping: 30_000 } });
  const { endpoint } = aws;
  const endpoints = { iam: endpoint, lambda: endpoint, logs: endpoint, s3: endpoint, sts: endpoint };
  account = { region: aws.region, bucket: BUCKET, endpoints };
});
afterAll(() => Promise.all([aws.stop(), mattermost.stop()]));

/** Options of an administrator of the account. */
function adminOptions() {
  return { aws: { ...account, credentials: aws.admin } };
}

test('a program packages, prepares, plans, deploys and tests', async () => {
  const packaged = await packageApp(EXAMPLE, { output: bundle });
  expect(packaged).toMatchObject({ file: bundle, findings: expect.any(Array) });

  const prepared = await init({ ...adminOptions(), create: true, createAccessKey: true });
  const { id: accessKeyId = '', secret: secretAccessKey = '' } = prepared.accessKey ?? {};
  const { region, bucket } = account;
  mattermost.configureAws({ endpoint: aws.endpoint, region, bucket, accessKeyId, secretAccessKey });

  const events: AppsctlEvent[] = [];
  const token = mattermost.adminToken;
  const options: DeployOptions = {
    aws: { ...account, credentials: aws.admin },
    mattermost: { url: mattermost.siteUrl, token },
    functions: { memory: 512, env: { LOG_LEVEL: 'debug' } },
    update: true,
    install: true,
    signal: AbortSignal.timeout(600_000),
    onEvent: (event) => void events.push(event),
  };
  const { app, changes } = await planDeployment(bundle, options);
  expect(app).toEqual({ id: 'hello-serverless', version: 'v1.2.0', displayName: expect.any(String) });
  expect(changes.map(({ action, kind }) => `${action} ${kind}`)).toEqual([
    'create function',
    'create asset',
    'create asset',
    'update invoke policy',
    'create manifest',
    'create listing',
    'create installation',
  ]);
  const result = await deploy(bundle, options);
  expect(result.functions).toEqual([
    {
      name: 'hello-serverless_v1-2-0_hello-serverless',
      arn: `arn:aws:lambda:${region}:${aws.accountId}:function:hello-serverless_v1-2-0_hello-serverless`,
      outcome: 'created',
    },
  ]);
  expect(result.invokePolicyArns).toEqual([prepared.policyArn]);
  expect(result.installation).toEqual({ kind: 'installed', isDisabled: false });
  expect(events.some((event) => event.type === 'resource' && event.kind === 'installation')).toBe(true);

  const again = await planDeployment(bundle, options);
  expect(new Set(again.changes.map(({ action }) => action))).toEqual(new Set(['unchanged']));

  const reading = { aws: options.aws, mattermost: options.mattermost, app: 'hello-serverless' };
  const { versions, notChecked } = await listApps(reading);
  expect(notChecked).toEqual([]);
  expect(versions).toMatchObject([
    {
      ...{ id: 'hello-serverless', version: 'v1.2.0', server: { installedVersion: 'v1.2.0' } },
      functions: [{ status: 'found', aws: { state: 'Active', memory: 512, variables: ['LOG_LEVEL'] } }],
    },
  ]);
  expect(await status({ ...reading, bundle })).toMatchObject({ ok: true, problems: [], notChecked: [] });

  const serverOptions = { aws: { ...account, credentials: { accessKeyId, secretAccessKey } } };
  expect(await testApp(serverOptions)).toEqual({ apps: ['hello-serverless'] });
});

describe('the settings of functions', () => {
  const functions = ['first', 'second'].map((name) => ({
    ...{ path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  const version = async (number: string): Promise<string> =>
    writeBundle(
      folder,
      manifest({ app_id: 'com.example.settings', version: number, aws_lambda: { functions } }),
      { 'first.zip': await functionArchive(), 'second.zip': await functionArchive() },
    );
  const name = (number: string, item: string): string => `com-example-settings_${number}_${item}`;
  const options = (): DeployOptions => ({
    ...adminOptions(),
    functions: {
      ...{ memory: 512, ephemeralStorage: 1024, logRetention: 30 },
      ...{ env: { LEVEL: 'info', TOKEN: 'a' }, requiredEnv: ['TOKEN'], tags: { team: 'apps' } },
    },
    functionsByName: { second: { memory: 1024, timeout: 60, logRetention: 7, env: { LEVEL: 'debug' } } },
  });
  /** The settings of a function, as AWS has them. */
  const read = (lambdaName: string) => {
    const { live, ephemeralStorage, tags } = aws.function(lambdaName);
    const { memorySize, timeout, environment } = live;
    const { retention } = aws.logGroup(`/aws/lambda/${lambdaName}`);
    return { memorySize, timeout, environment, ephemeralStorage, retention, team: tags.get('team') };
  };
  const FIRST = {
    ...{ memorySize: 512, timeout: 30, environment: { LEVEL: 'info', TOKEN: 'a' } },
    ...{ ephemeralStorage: 1024, retention: 30, team: 'apps' },
  };
  const SECOND = {
    ...{ memorySize: 1024, timeout: 60, environment: { LEVEL: 'debug', TOKEN: 'a' } },
    ...{ ephemeralStorage: 1024, retention: 7, team: 'apps' },
  };

  test('can be those of all functions and of single ones, and the next version takes them over', async () => {
    await init({ ...adminOptions(), create: true });
    const file = await version('1.0');
    await deploy(file, options());
    expect(read(name('1-0', 'first'))).toEqual(FIRST);
    expect(read(name('1-0', 'second'))).toEqual(SECOND);
    const again = await planDeployment(file, options());
    expect(new Set(again.changes.map(({ action }) => action))).toEqual(new Set(['unchanged']));
    await deploy(await version('1.1'), { ...adminOptions(), functions: { requiredEnv: ['TOKEN'] } });
    expect(read(name('1-1', 'first'))).toEqual(FIRST);
    expect(read(name('1-1', 'second'))).toEqual(SECOND);
  });

  test.each<[string, Partial<DeployOptions>, object]>([
    [
      'a variable that is required and missing',
      { functionsByName: { second: { requiredEnv: ['TOKEN', 'KEY'] } } },
      {
        code: 'MISSING_VARIABLE',
        message: SETTINGS.requiredMissing(`function ${name('1-1', 'second')}: KEY`),
      },
    ],
    [
      'a function that the manifest does not have',
      { functionsByName: { secnd: { memory: 512 } } },
      { code: 'USAGE', message: SETTINGS.unknownFunction('secnd'), hint: 'did you mean "second"?' },
    ],
    [
      'an invalid setting of a single function',
      { functionsByName: { second: { memory: 64 } } },
      { code: 'USAGE', message: 'functionsByName.second.memory: 64 is not an integer from 128 to 10240' },
    ],
    [
      'an invalid tag of a single function',
      { functionsByName: { second: { tags: { 'aws:x': 's3cret' } } } },
      { code: 'USAGE', message: `functionsByName.second.tags: ${SETTINGS.reservedTag('aws:x')}` },
    ],
  ])('are refused before any change: %s', async (_, changes, error) => {
    const start = aws.requests.length;
    await expect(deploy(await version('1.1'), { ...adminOptions(), ...changes })).rejects.toMatchObject(
      error,
    );
    expect(findChanges(aws.requests.slice(start))).toEqual([]);
  });
});

describe('a bundle', () => {
  test('is validated', async () => {
    expect(await validate(bundle)).toMatchObject({ file: bundle, valid: true });
  });

  test('has the data for Terraform', async () => {
    const { json } = await terraformData(bundle);
    expect(JSON.parse(json)).toMatchObject({ manifest_key: 'manifests/hello-serverless_v1.2.0.json' });
  });

  test('is closed by await using', async () => {
    // Larger than what is read ahead.
    const file = await writeBundle(folder, manifest(), { 'static/large.bin': randomBytes(1_000_000) });
    let read: (() => Promise<Buffer>) | undefined;
    {
      await using open = await openBundle(file);
      const [asset] = open.assets;
      read = async () => open.read(asset?.entry ?? { name: '', size: 0 });
      expect((await read()).length).toBe(1_000_000);
    }
    await expect(read()).rejects.toThrow();
  });
});

describe('an error', () => {
  test('names the options of the library in its hint', async () => {
    const error = await deploy(bundle, { ...adminOptions(), executionRoleName: 'missing' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: DEPLOY.roleMissing('missing') });
    expect((error as AppsctlError).hint).toContain('executionRoleName');
    expect((error as AppsctlError).hint).not.toMatch(/--|MM_|appsctl /);
  });

  test('is recognized across copies of the package', async () => {
    const copy = (await import('../../dist/index.js' as string)) as typeof import('../../src/index.js');
    const error = await copy.openBundle(join(folder, 'missing.zip')).catch((thrown: unknown) => thrown);
    expect(error instanceof AppsctlError).toBe(false);
    expect(AppsctlError.is(error)).toBe(true);
    expect(AppsctlError.is(new Error('other'))).toBe(false);
    expect(AppsctlError.is(undefined)).toBe(false);
  });

  test.each<[string, (options: DeployOptions) => DeployOptions, string]>([
    [
      'region',
      ({ aws, ...options }) => ({ ...options, aws: { ...aws, region: 'us east' } }),
      USAGE.invalidRegion('aws.region', 'us east'),
    ],
    [
      'bucket',
      ({ aws, ...options }) => ({ ...options, aws: { ...aws, bucket: 'My_Bucket' } }),
      USAGE.invalidBucket('aws.bucket', 'My_Bucket'),
    ],
    [
      'endpoint',
      ({ aws, ...options }) => ({ ...options, aws: { ...aws, endpoints: { s3: 'localhost:9000' } } }),
      'aws.endpoints.s3: "localhost:9000" is not a valid http(s) URL',
    ],
    [
      'URL with a password',
      (options) => ({ ...options, mattermost: { url: 'https://me:a-secret@chat.test', token: 'token' } }),
      'mattermost.url is not a valid http(s) URL without user, query and fragment',
    ],
    [
      'URL of Mattermost',
      (options) => ({ ...options, mattermost: { url: 'chat.example.com', token: 't' } }),
      'mattermost.url: "chat.example.com" is not a valid http(s) URL',
    ],
    [
      'token',
      (options) => ({ ...options, mattermost: { url: 'https://chat.example.com', token: 's3cret\n' } }),
      'mattermost.token is empty, or contains white space, a control character or a non-ASCII character',
    ],
    [
      'installation without a server',
      (options) => ({ ...options, install: true }),
      'install requires mattermost, the server to install the app in',
    ],
    [
      'memory',
      (options) => ({ ...options, functions: { memory: 64 } }),
      'functions.memory: 64 is not an integer from 128 to 10240',
    ],
    [
      'timeout',
      (options) => ({ ...options, functions: { timeout: 901 } }),
      'functions.timeout: 901 is not an integer from 1 to 900',
    ],
    [
      'architecture',
      (options) => ({ ...options, functions: { architecture: 'arm' as 'arm64' } }),
      'functions.architecture: "arm" is not x86_64 or arm64',
    ],
    [
      'environment variable',
      (options) => ({ ...options, functions: { env: { AWS_REGION: 's3cret' } } }),
      'the environment variable AWS_REGION is reserved by AWS Lambda',
    ],
    [
      'policy name',
      (options) => ({ ...options, policyName: '' }),
      'policyName: "" is not a valid name for an IAM policy',
    ],
    [
      'role name',
      (options) => ({ ...options, executionRoleName: 'a role' }),
      'executionRoleName: "a role" is not a valid name for an IAM role',
    ],
  ])('is thrown for an invalid %s before any request', async (_, change, message) => {
    const requests = aws.requests.length;
    await expect(deploy(bundle, change(adminOptions()))).rejects.toMatchObject({ code: 'USAGE', message });
    expect(aws.requests.length).toBe(requests);
  });

  test('is thrown for a permissions boundary that is not the ARN of a policy', async () => {
    await expect(init({ ...adminOptions(), permissionsBoundary: 'boundary' })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'permissionsBoundary: "boundary" is not the ARN of a policy',
    });
  });

  test('is thrown for a secret without a new access key, which would lose the key that is in it', async () => {
    const requests = aws.requests.length;
    const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mattermost-a1b2c3';
    await expect(init({ ...adminOptions(), secretArn })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'secretArn needs a new access key',
    });
    expect(aws.requests.length).toBe(requests);
  });
});

test('what beforeChanges throws ends a deployment and a preparation with nothing changed', async () => {
  const other = await startLocalAws();
  try {
    const endpoints = {
      iam: other.endpoint,
      lambda: other.endpoint,
      s3: other.endpoint,
      sts: other.endpoint,
    };
    const options = { aws: { ...account, endpoints, credentials: other.admin } };
    const beforeChanges = (): void => {
      throw new Error('not approved');
    };
    await expect(init({ ...options, create: true, beforeChanges })).rejects.toThrow('not approved');
    await expect(init(options)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await init({ ...options, create: true });
    await expect(deploy(bundle, { ...options, beforeChanges })).rejects.toThrow('not approved');
    const { changes } = await planDeployment(bundle, options);
    expect(changes.filter(({ kind, action }) => kind === 'function' && action === 'create')).toHaveLength(1);
  } finally {
    await other.stop();
  }
});

test('a new access key can be revoked', async () => {
  const { accessKey } = await init({ ...adminOptions(), create: true, createAccessKey: true });
  await accessKey?.revoke();
  const { existingAccessKeyIds } = await init(adminOptions());
  expect(existingAccessKeyIds).not.toContain(accessKey?.id);
});

test('the examples in docs/library.md compile', async () => {
  const project = join(folder, 'project');
  await mkdir(join(project, 'node_modules'), { recursive: true });
  await symlink(ROOT, join(project, 'node_modules', 'appsctl'));
  await symlink(join(ROOT, 'node_modules', '@types'), join(project, 'node_modules', '@types'));
  const text = await readFile(join(ROOT, 'docs', 'library.md'), 'utf8');
  const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
  expect(examples.length).toBeGreaterThan(3);
  for (const [index, code] of examples.entries()) {
    const given = GIVEN.filter(
      (line) => !code.includes(`const ${/(?:const|function) (\w+)/.exec(line)?.[1]}`),
    );
    await writeFile(join(project, `example${index}.mts`), [...given, ...importsFor(code), code].join('\n'));
  }
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
  const lib = ['--lib', 'es2023,esnext.disposable', '--types', 'node'];
  const files = examples.map((_, index) => `example${index}.mts`);
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const compile = promisify(execFile)(process.execPath, [tsc, ...flags, ...lib, ...files], { cwd: project });
  await expect(compile.catch(({ stdout }) => stdout)).resolves.toMatchObject({ stdout: '' });
});

/** What the examples take as given. */
const GIVEN = [
  'declare const accessKeyId: string, secretAccessKey: string, token: string, file: string;',
  "declare const options: import('appsctl').DeployOptions;",
  'declare function confirm(changes: unknown): Promise<boolean>;',
  'declare function saveSecret(id: string, secret: string): Promise<void>;',
  'declare function restartServer(): Promise<boolean>;',
];

/** The import of an example that continues the one before. */
function importsFor(code: string): string[] {
  return code.includes('import ') ? [] : ["import { deploy } from 'appsctl';"];
}
