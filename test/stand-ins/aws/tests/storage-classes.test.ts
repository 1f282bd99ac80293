import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { type Session, startSession } from './session.js';

const [Bucket, Key] = ['apps', 'k'];

async function startWithBucket(): Promise<Session> {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  return session;
}

it.each<[StorageClass, string | undefined]>([
  ['STANDARD', undefined],
  ['STANDARD_IA', 'STANDARD_IA'],
])('stores objects in %s', async (StorageClass, shown) => {
  const { s3 } = await startWithBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a', StorageClass }));
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect([Contents?.[0]?.StorageClass, Versions?.[0]?.StorageClass]).toEqual([StorageClass, StorageClass]);
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass).toBe(shown);
  expect((await s3.send(new GetObjectCommand({ Bucket, Key }))).StorageClass).toBe(shown);
});

it.each<StorageClass>(['GLACIER', 'DEEP_ARCHIVE'])(
  'shows what is in %s, but not its content',
  async (StorageClass) => {
    const { s3 } = await startWithBucket();
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, StorageClass }));
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.[0]?.StorageClass).toBe(StorageClass);
    const upload = { Bucket, Key, UploadId };
    const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'a' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass).toBe(StorageClass);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: 'InvalidObjectState',
      StorageClass,
      $metadata: { httpStatusCode: 403 },
    });
  },
);

it('refuses a storage class that it does not know', async () => {
  const { s3 } = await startWithBucket();
  const put = new PutObjectCommand({ Bucket, Key, Body: 'a', StorageClass: 'COLD' as StorageClass });
  await expect(s3.send(put)).rejects.toMatchObject({ name: 'InvalidStorageClass' });
});
