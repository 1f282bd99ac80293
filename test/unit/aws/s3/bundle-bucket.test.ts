import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { S3BundleBucket } from '../../../../src/aws/s3/bundle-bucket.js';
import type { ListedBundle, Upload } from '../../../../src/core/deployer/upload.js';
import type { LocalAwsOptions } from '../../../stand-ins/aws/index.js';
import { createPolicy } from '../../../stand-ins/aws/tests/helpers.js';
import { newInvokeUser, startSession } from '../../../stand-ins/aws/tests/session.js';
import { clientsFor } from '../../../support/aws-clients.js';
import { connectionTo } from '../../../support/connection.js';

const NAME = 'bundles';
const KEY = 'team a/my app+1 é.zip';
const URI = `s3://${NAME}/${KEY}`;
const THEIRS = '999999999999';

/** The account that owns the bucket, and its region. */
interface OtherOwner {
  readonly accountId: string;
  readonly region?: string;
}

interface Setup extends LocalAwsOptions {
  /** The owner that is expected; by default any. */
  readonly expected?: string;
  readonly isVersioned?: boolean;
  /** By default the bucket is one of this account. */
  readonly owner?: OtherOwner;
}

async function start({ expected, isVersioned, owner, ...options }: Setup = {}) {
  const others = owner === undefined ? [] : [{ bucket: NAME, letsIn: true, ...owner }];
  const session = await startSession({ ...options, others });
  const region = owner?.region ?? session.aws.region;
  const clients = clientsFor(session.aws.endpoint, session.aws.admin, region);
  onTestFinished(() => clients.destroy());
  const { s3 } = clients;
  if (owner === undefined) await s3.send(new CreateBucketCommand({ Bucket: NAME }));
  if (isVersioned) await setVersioning('Enabled');
  async function setVersioning(Status: 'Enabled' | 'Suspended') {
    await s3.send(new PutBucketVersioningCommand({ Bucket: NAME, VersioningConfiguration: { Status } }));
  }
  async function upload(body: string, more: Partial<PutObjectCommandInput> = {}): Promise<Upload> {
    const input = { Bucket: NAME, Key: KEY, Body: body, ...more };
    const { ETag = '', VersionId } = await s3.send(new PutObjectCommand(input));
    return { key: KEY, etag: ETag.replaceAll('"', ''), versionId: VersionId };
  }
  const { connection, requests } = connectionTo(session.aws);
  const bucket = new S3BundleBucket(connection, NAME, expected);
  /** The same bucket for a user who may do nothing but this. */
  async function as(Action: readonly string[], Condition = {}): Promise<S3BundleBucket> {
    const arn = `arn:aws:s3:::${NAME}`;
    const statement = { Effect: 'Allow', Action, Resource: [arn, `${arn}/*`], Condition };
    const user = await newInvokeUser(session, createPolicy(statement));
    return new S3BundleBucket({ ...connection, credentials: user.credentials }, NAME, expected);
  }
  return { ...session, s3, bucket, upload, setVersioning, as, requests, connection };
}

async function list(bucket: S3BundleBucket, prefix = ''): Promise<ListedBundle[]> {
  const found: ListedBundle[] = [];
  await bucket.scan(prefix, (object) => found.push(object));
  return found;
}

async function download(bucket: S3BundleBucket, upload: Upload): Promise<string> {
  const { chunks } = await bucket.source(upload).open(new AbortController().signal);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

test('all pages are listed, in the order of the keys', async () => {
  const { bucket, upload, aws } = await start({ pageSize: 2 });
  for (const Key of ['b.zip', 'a/c.zip', KEY, 'a/d.txt', 'z/a.zip']) await upload(Key, { Key });
  await upload('cold', { Key: 'cold.zip', StorageClass: 'GLACIER' });
  expect((await list(bucket)).map(({ key }) => key)).toEqual([
    'a/c.zip',
    'a/d.txt',
    'b.zip',
    'cold.zip',
    KEY,
    'z/a.zip',
  ]);
  const [first, ...more] = await list(bucket, 'team');
  expect(more).toEqual([]);
  expect(first).toEqual({
    key: KEY,
    size: Buffer.byteLength(KEY),
    etag: createHash('md5').update(KEY).digest('hex'),
    uploadedAt: aws.bucket(NAME).objects.get(KEY)?.lastModified.getTime(),
    storageClass: undefined,
  });
  expect((await list(bucket, 'cold'))[0]?.storageClass).toBe('GLACIER');
});

describe('tags', () => {
  test('are those of a version, which is named', async () => {
    const { bucket, upload } = await start({ isVersioned: true });
    const first = await upload('a', { Tagging: 'team=a' });
    const second = await upload('b');
    expect(await bucket.readTags(KEY, first.versionId)).toEqual({
      tags: new Map([['team', 'a']]),
      versionId: first.versionId,
    });
    const tags = new Map([
      ['team', 'a'],
      ['deployed_test', 'true'],
    ]);
    expect(await bucket.writeTags(first, tags)).toBe(true);
    expect((await bucket.readTags(KEY, first.versionId))?.tags).toEqual(tags);
    expect(await bucket.readTags(KEY)).toEqual({ tags: new Map(), versionId: second.versionId });
  });

  test('are those of the current object without versions', async () => {
    const { bucket, upload, setVersioning } = await start();
    const { versionId } = await upload('a');
    expect(versionId).toBeUndefined();
    expect(await bucket.writeTags({ key: KEY, versionId }, new Map([['a', '1']]))).toBe(true);
    expect(await bucket.readTags(KEY)).toEqual({ tags: new Map([['a', '1']]), versionId: undefined });
    await setVersioning('Suspended');
    expect(await bucket.readTags(KEY)).toEqual({ tags: new Map([['a', '1']]), versionId: undefined });
  });

  test('are missing where there is no object', async () => {
    const { bucket, upload, s3 } = await start({ isVersioned: true });
    await upload('a');
    await s3.send(new DeleteObjectCommand({ Bucket: NAME, Key: KEY }));
    for (const [key, versionId] of [
      [KEY, undefined],
      [KEY, 'x'.repeat(32)],
      ['missing.zip', undefined],
    ] as const) {
      expect(await bucket.readTags(key, versionId)).toBeUndefined();
      expect(await bucket.writeTags({ key, versionId }, new Map())).toBe(false);
    }
  });
});

describe('the current ETag', () => {
  test('is that of the last upload', async () => {
    const { bucket, upload } = await start({ isVersioned: true });
    await upload('a');
    const { etag } = await upload('b');
    expect(await bucket.currentEtag(KEY)).toBe(etag);
  });

  test('is missing with the object', async () => {
    const { bucket, upload, s3 } = await start({ isVersioned: true });
    expect(await bucket.currentEtag(KEY)).toBeUndefined();
    await upload('a');
    await s3.send(new DeleteObjectCommand({ Bucket: NAME, Key: KEY }));
    expect(await bucket.currentEtag(KEY)).toBeUndefined();
  });
});

describe('a download', () => {
  test('has the length, and the SHA-256 if S3 has that of the whole', async () => {
    const { bucket, upload } = await start();
    const { signal } = new AbortController();
    const digest = createHash('sha256').update('abc').digest('hex');
    const stated = await bucket.source(await upload('abc', { ChecksumAlgorithm: 'SHA256' })).open(signal);
    expect(stated).toMatchObject({ length: 3, sha256: digest });
    const other = await bucket.source(await upload('abc')).open(signal);
    expect(other.sha256).toBeUndefined();
    for await (const _ of other.chunks);
  });

  test('can be given up before anything is read', async () => {
    const { bucket, upload } = await start();
    const end = new AbortController();
    const { chunks } = await bucket.source(await upload('a'.repeat(1_000_000))).open(end.signal);
    end.abort();
    // The stream fails during this request, which must not end the process.
    await list(bucket);
    await expect(chunks[Symbol.asyncIterator]().next()).rejects.toThrow();
  });

  test('has no SHA-256 if S3 only has those of its parts', async () => {
    const { bucket, s3 } = await start();
    const object = { Bucket: NAME, Key: KEY, ChecksumAlgorithm: 'SHA256' } as const;
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
    const part = { UploadId, PartNumber: 1, Body: 'abc' };
    const uploaded = await s3.send(new UploadPartCommand({ ...object, ...part }));
    const Parts = [{ ...uploaded, PartNumber: 1 }];
    const complete = { Bucket: NAME, Key: KEY, UploadId, MultipartUpload: { Parts } };
    const { ETag = '' } = await s3.send(new CompleteMultipartUploadCommand(complete));
    const upload = { key: KEY, etag: ETag.replaceAll('"', ''), versionId: undefined };
    const { sha256 } = await bucket.source(upload).open(new AbortController().signal);
    expect(sha256).toBeUndefined();
    expect(await download(bucket, upload)).toBe('abc');
  });

  test('is that of the version, whatever was uploaded since', async () => {
    const { bucket, upload, s3 } = await start({ isVersioned: true });
    const first = await upload('a');
    await upload('b');
    expect(await download(bucket, first)).toBe('a');
    // Listed before an upload, whose version is the one that was found afterwards.
    expect(await download(bucket, { ...first, etag: 'of another version' })).toBe('a');
    await s3.send(new DeleteObjectCommand({ Bucket: NAME, Key: KEY, VersionId: first.versionId }));
    await expect(download(bucket, first)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `${URI} was replaced or removed`,
    });
  });

  test('fails without versions when the object was replaced or removed', async () => {
    const { bucket, upload, s3 } = await start();
    const first = await upload('a');
    expect(await download(bucket, first)).toBe('a');
    const replaced = { code: 'NOT_FOUND', message: `${URI} was replaced or removed` };
    await upload('b');
    await expect(download(bucket, first)).rejects.toMatchObject(replaced);
    await s3.send(new DeleteObjectCommand({ Bucket: NAME, Key: KEY }));
    await expect(download(bucket, first)).rejects.toMatchObject(replaced);
  });

  test('fails for what is archived', async () => {
    const { bucket, upload } = await start();
    await expect(download(bucket, await upload('a', { StorageClass: 'GLACIER' }))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `cannot download ${URI}: it is archived in another storage class`,
    });
  });

  test('fails when another content arrives than S3 has', async () => {
    const { bucket, upload, aws } = await start();
    const stored = await upload('abc');
    Object.assign(aws.bucket(NAME).objects.get(KEY) ?? {}, { bytes: Buffer.from('abd') });
    await expect(download(bucket, stored)).rejects.toMatchObject({
      code: 'NETWORK',
      message: `cannot download ${URI}: what arrived is not what S3 has`,
    });
  });
});

describe('a bucket in another region', () => {
  test.each([
    'PermanentRedirect',
    'IllegalLocationConstraintException',
    'AuthorizationHeaderMalformed',
  ] as const)('is found although S3 responds with %s', async (otherRegion) => {
    const { bucket, upload, requests } = await start({
      owner: { accountId: THEIRS, region: 'eu-west-1' },
      expected: THEIRS,
      s3: { otherRegion },
    });
    const stored = await upload('a');
    await bucket.check('');
    // Later requests know the region.
    expect(requests()).toHaveLength(2);
    expect(await list(bucket)).toHaveLength(1);
    expect(await bucket.currentEtag(KEY)).toBe(stored.etag);
    expect(await download(bucket, stored)).toBe('a');
    expect(requests()).toHaveLength(5);
  });

  test('is found by a request without a body', async () => {
    const { bucket, upload } = await start({
      owner: { accountId: THEIRS, region: 'eu-west-1' },
    });
    const { etag } = await upload('a');
    expect(await bucket.currentEtag(KEY)).toBe(etag);
  });

  test('is found by requests at the same time', async () => {
    const { bucket, upload } = await start({
      owner: { accountId: THEIRS, region: 'eu-west-1' },
    });
    await upload('a');
    const found = await Promise.all(Array.from({ length: 16 }, () => bucket.readTags(KEY)));
    expect(found.filter((tagged) => tagged?.tags.size === 0)).toHaveLength(16);
  });
});

describe('a check', () => {
  test('needs no more than to list the prefix', async () => {
    const { as } = await start();
    const bucket = await as(['s3:ListBucket'], { StringLike: { 's3:prefix': 'team*' } });
    await bucket.check('team a/');
    await expect(bucket.check('')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  test('fails for a bucket that does not exist', async () => {
    const { connection } = await start();
    await expect(new S3BundleBucket(connection, 'no-such-bucket', undefined).check('')).rejects.toMatchObject(
      {
        code: 'NOT_FOUND',
        message: 'bucket no-such-bucket does not exist',
        hint: 'check its name',
      },
    );
  });

  test('fails for a bucket of another account than the expected one', async () => {
    const { bucket } = await start({ owner: { accountId: THEIRS }, expected: '123456789012' });
    await expect(bucket.check('')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: `cannot list s3://${NAME}/: Access Denied`,
      hint: expect.stringContaining('check that the bucket belongs to account 123456789012'),
    });
  });
});

describe('a missing permission is named', () => {
  const id = 'x'.repeat(32);
  const tags = new Map([['a', '1']]);
  const upload = { key: KEY, etag: 'e', versionId: undefined };
  test.each<[string, (bucket: S3BundleBucket) => Promise<unknown>]>([
    ['s3:ListBucket', (bucket) => bucket.check('')],
    ['s3:ListBucket', (bucket) => list(bucket)],
    ['s3:GetObjectTagging', (bucket) => bucket.readTags(KEY)],
    ['s3:GetObjectVersionTagging', (bucket) => bucket.readTags(KEY, id)],
    ['s3:PutObjectTagging', (bucket) => bucket.writeTags({ key: KEY, versionId: undefined }, tags)],
    ['s3:PutObjectVersionTagging', (bucket) => bucket.writeTags({ key: KEY, versionId: id }, tags)],
    ['s3:GetObject', (bucket) => bucket.currentEtag(KEY)],
    ['s3:GetObject', (bucket) => download(bucket, upload)],
    ['s3:GetObjectVersion', (bucket) => download(bucket, { ...upload, versionId: id })],
  ])('%s', async (permission, send) => {
    const bucket = await (await start()).as(['s3:ListAllMyBuckets']);
    await expect(send(bucket)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      hint: expect.stringMatching(new RegExp(`^grant ${permission} on `)),
    });
  });
});

test('the least permissions are enough', async () => {
  const { upload, as } = await start({ isVersioned: true });
  const stored = await upload('a');
  const bucket = await as([
    's3:ListBucket',
    's3:GetObject',
    's3:GetObjectVersion',
    's3:GetObjectTagging',
    's3:GetObjectVersionTagging',
    's3:PutObjectVersionTagging',
  ]);
  await bucket.check('team');
  expect(await list(bucket)).toHaveLength(1);
  expect((await bucket.readTags(KEY))?.versionId).toBe(stored.versionId);
  expect(await bucket.writeTags(stored, new Map([['a', '1']]))).toBe(true);
  expect((await bucket.readTags(KEY, stored.versionId))?.tags.get('a')).toBe('1');
  expect(await download(bucket, stored)).toBe('a');
});
