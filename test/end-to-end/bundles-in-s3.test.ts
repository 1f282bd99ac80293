import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/core/async/clock.js';
import { clientsFor } from '../support/aws-clients.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { DOWNLOAD, DOWNLOAD_HINT } from '../support/messages/bundle.js';
import { errorOutput, resourceLine } from '../support/messages/output.js';

const KEY = 'builds/my app+1.zip';
const OWN = '123456789012';

let environment: TestEnvironment;
let temporary: string;
let content: Buffer;
let firstVersion: string;

/** Stores the bundle with the clients of the administrator, for the region of the bucket. */
async function put(bucket: string, body: Uint8Array | string, region?: string): Promise<string> {
  const { endpoint, admin } = environment.aws;
  const clients = clientsFor(endpoint, admin, region);
  const stored = await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: KEY, Body: body }));
  clients.destroy();
  return stored.VersionId ?? '';
}

beforeAll(async () => {
  environment = await startEnvironment({
    runner: 'in-process',
    aws: {
      others: [
        { bucket: 'theirs', accountId: '111122223333', letsIn: true },
        { bucket: 'closed', accountId: '111122223333', letsIn: false },
        { bucket: 'far-away', accountId: OWN, letsIn: true, region: 'eu-west-1' },
      ],
    },
  });
  await environment.init();
  content = await readFile(await writeBundle(environment.folder, manifest()));
  await environment.clients.s3.send(
    new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  firstVersion = await put(BUCKET, content);
  await put(BUCKET, 'no zip');
  await put('theirs', content);
  await put('far-away', content, 'eu-west-1');
  temporary = join(environment.folder, 'temporary');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(async () => expect(await readdir(temporary)).toEqual([]));
afterAll(async () => {
  vi.unstubAllEnvs();
  await environment.stop();
});

function validate(uri: string) {
  // The bucket of the app is not needed.
  return environment.run(['aws', 'validate', uri], { env: { MM_APPS_S3_BUCKET: '' }, clock: systemClock });
}

test.each([
  ['the bucket of another account', () => `s3://theirs/${KEY}`],
  ['a bucket in another region', () => `S3://far-away/${KEY}`],
  ['an earlier version', () => `s3://${BUCKET}/${KEY}?versionId=${firstVersion}`],
])('a bundle is read from %s', async (_, uri) => {
  expect(await validate(uri())).toMatchObject({ code: 0 });
});

test('a bundle is deployed', async () => {
  const uri = `s3://${BUCKET}/${KEY}?versionId=${firstVersion}`;
  const { code, stderr } = await environment.run(['aws', 'deploy', uri, '--no-list'], {
    env: { MM_SERVICESETTINGS_SITEURL: '', MM_ADMIN_TOKEN: '' },
  });
  expect(code).toBe(0);
  expect(stderr).toContain(resourceLine('created', 'manifest', 'manifests/com.example.test_1.0.0.json'));
  const terraform = await environment.run(['generate-terraform-data', uri]);
  expect(JSON.parse(terraform.stdout)).toMatchObject({
    manifest_key: 'manifests/com.example.test_1.0.0.json',
  });
});

test('an app that is not listed cannot be installed', async () => {
  const { code, stderr } = await environment.run([
    'aws',
    'deploy',
    `s3://theirs/${KEY}`,
    '--no-list',
    '--install',
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('--install and --no-list exclude each other');
});

test('what is not a bundle is named by its URI', async () => {
  const uri = `s3://${BUCKET}/${KEY}`;
  const { code, stdout } = await validate(uri);
  expect(code).toBe(2);
  expect(stdout).toContain(`${uri} cannot be deployed`);
});

test('a bundle that does not exist is an error', async () => {
  expect(await validate(`s3://${BUCKET}/missing.zip`)).toMatchObject({
    code: 1,
    stderr: errorOutput(DOWNLOAD.missing(`s3://${BUCKET}/missing.zip`), DOWNLOAD_HINT.key),
  });
  expect(await validate('s3://no-such-bucket/app.zip')).toMatchObject({
    code: 1,
    stderr: errorOutput(DOWNLOAD.noBucket('no-such-bucket'), DOWNLOAD_HINT.bucket),
  });
  const version = await environment.clients.s3.send(
    new DeleteObjectCommand({ Bucket: BUCKET, Key: 'gone.zip' }),
  );
  for (const id of [version.VersionId, 'x'.repeat(32)]) {
    const uri = `s3://${BUCKET}/gone.zip?versionId=${id}`;
    expect(await validate(uri)).toMatchObject({
      code: 1,
      stderr: errorOutput(DOWNLOAD.noVersion(uri), DOWNLOAD_HINT.version),
    });
  }
});

test('a bundle that may not be read is an error that names the permission', async () => {
  const { code, stderr } = await validate(`s3://closed/${KEY}?versionId=v`);
  expect(code).toBe(1);
  expect(stderr).toContain('grant s3:GetObjectVersion on it');
});

test('a file needs no variables of AWS, and an object needs a region', async () => {
  const file = join(environment.folder, 'app.zip');
  expect(
    (await environment.run(['aws', 'validate', file], { env: { MM_APPS_AWS_REGION: 'no region!' } })).stderr,
  ).not.toContain('MM_APPS_AWS_REGION');
  expect(
    (
      await environment.run(['aws', 'validate', 's3://b-b/key'], {
        env: { MM_APPS_AWS_REGION: 'no region!' },
      })
    ).stderr,
  ).toContain('MM_APPS_AWS_REGION');
});

test('the region of a bucket may be only in the body of an error', async () => {
  const other = await startEnvironment({
    runner: 'in-process',
    aws: {
      others: [{ bucket: 'far-away', accountId: OWN, letsIn: true, region: 'eu-west-1' }],
      s3: { otherRegion: 'AuthorizationHeaderMalformed' },
    },
  });
  const clients = clientsFor(other.aws.endpoint, other.aws.admin, 'eu-west-1');
  await clients.s3.send(new PutObjectCommand({ Bucket: 'far-away', Key: KEY, Body: content }));
  clients.destroy();
  const { code } = await other.run(['aws', 'validate', `s3://far-away/${KEY}`], { clock: systemClock });
  await other.stop();
  expect(code).toBe(0);
});
