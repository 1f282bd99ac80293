import {
  type BucketVersioningStatus,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import type { LocalAwsOptions } from '../index.js';
import { createPolicy, refusal } from './helpers.js';
import { newInvokeUser, type Session, startSession } from './session.js';

const [Bucket, Key] = ['apps', 'k'];

async function setVersioning({ s3 }: Session, Status: BucketVersioningStatus): Promise<void> {
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

/** A session whose bucket has versioning enabled. */
async function startVersioned(options: LocalAwsOptions = {}): Promise<Session> {
  const session = await startSession(options);
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  await setVersioning(session, 'Enabled');
  return session;
}

async function put({ s3 }: Session, Body: string, key = Key): Promise<string | undefined> {
  return (await s3.send(new PutObjectCommand({ Bucket, Key: key, Body }))).VersionId;
}

async function read({ s3 }: Session, VersionId?: string): Promise<string | undefined> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
}

async function history({ s3 }: Session) {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return {
    versions: Versions.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    markers: DeleteMarkers.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
  };
}

it('has neither a status nor version ids until versioning is enabled', async () => {
  const session = await startSession();
  const { s3 } = session;
  await s3.send(new CreateBucketCommand({ Bucket }));
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  expect(await put(session, 'a')).toBeUndefined();
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).VersionId).toBeUndefined();
  expect(await history(session)).toEqual({ versions: [['null', true]], markers: [] });
  expect(await read(session, 'null')).toBe('a');
  const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect([deleted.DeleteMarker, deleted.VersionId]).toEqual([undefined, undefined]);
  expect(await history(session)).toEqual({ versions: [], markers: [] });
});

it('stores every version of an object, and returns each of them', async () => {
  const session = await startVersioned();
  const first = await put(session, 'a');
  const second = await put(session, 'b');
  expect(first).toMatch(/^[\w.]{32}$/);
  expect([await read(session), await read(session, first), await read(session, second)]).toEqual([
    'b',
    'a',
    'b',
  ]);
  const head = await session.s3.send(new HeadObjectCommand({ Bucket, Key, VersionId: first }));
  expect(head.VersionId).toBe(first);
  expect(await history(session)).toEqual({
    versions: [
      [second, true],
      [first, false],
    ],
    markers: [],
  });
  await expect(read(session, 'x'.repeat(32))).rejects.toMatchObject({ name: 'NoSuchVersion' });
  await expect(read(session, 'a?b')).rejects.toMatchObject({ name: 'InvalidArgument' });
});

it('hides a deleted object behind a delete marker, and shows it again without it', async () => {
  const session = await startVersioned();
  const { s3 } = session;
  const first = await put(session, 'a');
  const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(deleted.DeleteMarker).toBe(true);
  const marker = deleted.VersionId;
  await expect(read(session)).rejects.toMatchObject({
    name: 'NoSuchKey',
    $response: { headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker } },
  });
  await expect(read(session, marker)).rejects.toMatchObject({
    name: 'MethodNotAllowed',
    $metadata: { httpStatusCode: 405 },
    $response: { headers: { 'x-amz-delete-marker': 'true' } },
  });
  expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  expect(await history(session)).toEqual({ versions: [[first, false]], markers: [[marker, true]] });
  const again = await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker }));
  expect([again.DeleteMarker, again.VersionId]).toEqual([true, marker]);
  expect(await read(session)).toBe('a');
});

it('deletes a version permanently, and makes the previous one current', async () => {
  const session = await startVersioned();
  const { s3 } = session;
  const first = await put(session, 'a');
  const second = await put(session, 'b');
  const remove = (VersionId?: string) => s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  expect((await remove(second)).DeleteMarker).toBeUndefined();
  expect(await read(session)).toBe('a');
  expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).toBe('BucketNotEmpty');
  await remove(first);
  // Deleting a version that does not exist succeeds.
  await remove(first);
  expect(await history(session)).toEqual({ versions: [], markers: [] });
  await s3.send(new DeleteBucketCommand({ Bucket }));
});

it('does not delete a bucket that still has versions or delete markers', async () => {
  const session = await startVersioned();
  await put(session, 'a');
  await session.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await expect(session.s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toThrow(
    'You must delete all versions in the bucket.',
  );
});

it('gives earlier objects the version null, and overwrites it while versioning is suspended', async () => {
  const session = await startSession();
  const { s3 } = session;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await put(session, 'a');
  await setVersioning(session, 'Enabled');
  const second = await put(session, 'b');
  expect([await read(session, 'null'), await read(session)]).toEqual(['a', 'b']);
  await setVersioning(session, 'Suspended');
  expect(await put(session, 'c')).toBe('null');
  expect(await put(session, 'd')).toBe('null');
  expect(await history(session)).toEqual({
    versions: [
      ['null', true],
      [second, false],
    ],
    markers: [],
  });
  expect((await s3.send(new DeleteObjectCommand({ Bucket, Key }))).VersionId).toBe('null');
  expect(await history(session)).toEqual({ versions: [[second, false]], markers: [['null', true]] });
});

it('evaluates conditions against the current version, and treats a delete marker as absent', async () => {
  const session = await startVersioned();
  const { s3 } = session;
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a', IfNoneMatch: '*' }));
  await put(session, 'b');
  const write = (condition: object) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: 'c', ...condition }));
  expect(await refusal(write({ IfMatch: ETag }))).toBe('PreconditionFailed');
  expect(await refusal(write({ IfNoneMatch: '*' }))).toBe('PreconditionFailed');
  expect(await refusal(s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: ETag })))).toBe(
    'PreconditionFailed',
  );
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(await refusal(write({ IfMatch: ETag }))).toBe('NoSuchKey');
  expect(await refusal(s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: ETag })))).toBe('NoSuchKey');
  await write({ IfNoneMatch: '*' });
  expect(await read(session)).toBe('c');
});

it('returns the versions of multipart uploads and of DeleteObjects', async () => {
  const session = await startVersioned();
  const { s3 } = session;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const { VersionId } = await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
  expect(VersionId).toBeDefined();
  const remove = async (VersionId?: string) =>
    (await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId }] } })))
      .Deleted?.[0];
  const marked = await remove();
  expect(marked).toMatchObject({ Key, DeleteMarker: true });
  const marker = marked?.DeleteMarkerVersionId;
  expect(await remove(marker)).toEqual({
    Key,
    VersionId: marker,
    DeleteMarker: true,
    DeleteMarkerVersionId: marker,
  });
  expect(await remove(VersionId)).toEqual({ Key, VersionId });
});

it('lists versions by key, in pages, and grouped by a delimiter', async () => {
  const session = await startVersioned({ pageSize: 2 });
  for (const key of ['a/1', 'a/2', 'b', 'b', 'b', 'c']) await put(session, key, key);
  const found: unknown[] = [];
  let [KeyMarker, VersionIdMarker]: (string | undefined)[] = [];
  for (let pages = 0; pages < 9; pages++) {
    const page: ListObjectVersionsCommandOutput = await session.s3.send(
      new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker }),
    );
    found.push((page.Versions ?? []).map((version) => version.Key));
    [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
    if (page.IsTruncated !== true) break;
  }
  expect(found).toEqual([
    ['a/1', 'a/2'],
    ['b', 'b'],
    ['b', 'c'],
  ]);
  const folded = await session.s3.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/' }));
  expect(folded.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
  const below = await session.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'a/' }));
  expect(below.Versions?.map((version) => version.Key)).toEqual(['a/1', 'a/2']);
});

it('requires separate permissions for versions', async () => {
  const session = await startVersioned();
  const VersionId = await put(session, 'a');
  const user = await newInvokeUser(
    session,
    createPolicy({
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:DeleteObject', 's3:ListBucket'],
      Resource: '*',
    }),
  );
  await user.s3.send(new GetObjectCommand({ Bucket, Key }));
  const attempts: [() => Promise<unknown>, string][] = [
    [() => user.s3.send(new GetObjectCommand({ Bucket, Key, VersionId })), 's3:GetObjectVersion'],
    [() => user.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })), 's3:DeleteObjectVersion'],
    [() => user.s3.send(new ListObjectVersionsCommand({ Bucket })), 's3:ListBucketVersions'],
    [() => user.s3.send(new GetBucketVersioningCommand({ Bucket })), 's3:GetBucketVersioning'],
  ];
  for (const [attempt, action] of attempts) {
    await expect(attempt()).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(action),
    });
  }
  const Delete = { Objects: [{ Key, VersionId }, { Key }] };
  const { Errors, Deleted } = await user.s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
  expect([Errors?.map((error) => error.VersionId), Deleted?.length]).toEqual([[VersionId], 1]);
});

it('copies versions when it starts as a copy', async () => {
  const session = await startVersioned();
  const first = await put(session, 'a');
  await put(session, 'b');
  const copy = await startSession({ like: session.aws });
  await copy.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect([await read(copy, first), (await history(copy)).markers.length]).toEqual(['a', 1]);
  expect([await read(session), (await history(session)).markers.length]).toEqual(['b', 0]);
});
