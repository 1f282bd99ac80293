import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { freshName } from './target.js';

const Key = 'k';

export function versionsContract(clients: () => Clients): void {
  async function newBucket(): Promise<string> {
    const { s3 } = clients();
    const Bucket = freshName('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    return Bucket;
  }

  async function put(Bucket: string, Body: string): Promise<string | undefined> {
    return (await clients().s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  }

  async function read(Bucket: string, VersionId?: string): Promise<string | undefined> {
    const { Body } = await clients().s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    return Body?.transformToString();
  }

  it('stores every version of an object', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const [first, second] = [await put(Bucket, 'a'), await put(Bucket, 'b')];
    expect([await read(Bucket), await read(Bucket, first), await read(Bucket, second)]).toEqual([
      'b',
      'a',
      'b',
    ]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key, VersionId: first }))).VersionId).toBe(first);
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [second, true],
      [first, false],
    ]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
  });

  it('hides a deleted object behind a delete marker, and deletes versions permanently', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const version = await put(Bucket, 'a');
    const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(deleted.DeleteMarker).toBe(true);
    expect(await refusal(read(Bucket))).toBe('NoSuchKey');
    expect(await read(Bucket, version)).toBe('a');
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(listed.DeleteMarkers?.map((marker) => marker.VersionId)).toEqual([deleted.VersionId]);
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: deleted.VersionId }));
    expect(await read(Bucket)).toBe('a');
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: version }));
    expect((await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions).toBeUndefined();
  });
}
