import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AppsctlError,
  type AppsctlEvent,
  deploy,
  init,
  openBundle,
  packageApp,
  planDeployment,
  terraformData,
  test as testApp,
  validate,
} from '../../src/index.js';
import { type LocalAws, startLocalAws } from '../stand-ins/aws/index.js';
import { type LocalMattermost, startLocalMattermost } from '../stand-ins/mattermost/index.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { DEPLOY } from '../support/messages/deploy.js';
import { USAGE } from '../support/messages/usage.js';
import { tempFolder } from '../support/temp-folder.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/hello-serverless', import.meta.url));
const BUCKET = 'my-mattermost-apps';

const folder = await tempFolder();
const bundle = join(folder, 'hello-serverless_v1.2.0.zip');
let aws: LocalAws;
let mattermost: LocalMattermost;
let account: { region: string; bucket: string; endpoints: Record<'iam' | 'lambda' | 's3' | 'sts', string> };

beforeAll(async () => {
  aws = await startLocalAws();
  mattermost = await startLocalMattermost({ timeouts: { ping: 30_000 } });
  const { endpoint } = aws;
  const endpoints = { iam: endpoint, lambda: endpoint, s3: endpoint, sts: endpoint };
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
  const options = {
    aws: { ...account, credentials: aws.admin },
    mattermost: { url: mattermost.siteUrl, token },
    functions: { memory: 512, env: { LOG_LEVEL: 'debug' } },
    update: true,
    install: true,
    signal: AbortSignal.timeout(600_000),
    onEvent: (event: AppsctlEvent) => void events.push(event),
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

  const serverOptions = { aws: { ...account, credentials: { accessKeyId, secretAccessKey } } };
  expect(await testApp(serverOptions)).toEqual({ apps: ['hello-serverless'] });
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
    const error = await copy.validate(join(folder, 'missing.zip')).catch((thrown: unknown) => thrown);
    expect(error instanceof AppsctlError).toBe(false);
    expect(AppsctlError.is(error)).toBe(true);
    expect(AppsctlError.is(new Error('other'))).toBe(false);
    expect(AppsctlError.is(undefined)).toBe(false);
  });

  test.each([
    [{ region: 'us east' }, USAGE.invalidRegion('aws.region', 'us east')],
    [{ bucket: 'My_Bucket' }, USAGE.invalidBucket('aws.bucket', 'My_Bucket')],
  ])('is thrown for the AWS options %j before any request', async (change, message) => {
    const options = { aws: { ...account, credentials: aws.admin, ...change } };
    await expect(deploy(bundle, options)).rejects.toMatchObject({ code: 'USAGE', message });
  });

  test('is thrown for an invalid URL, and for variables that AWS Lambda does not accept', async () => {
    const options = adminOptions();
    await expect(
      deploy(bundle, { ...options, mattermost: { url: 'chat.example.com', token: 't' } }),
    ).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(/^mattermost\.url: /) });
    await expect(
      deploy(bundle, { ...options, functions: { env: { AWS_REGION: 's3cret' } } }),
    ).rejects.toMatchObject({ code: 'USAGE', message: expect.not.stringContaining('s3cret') });
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
