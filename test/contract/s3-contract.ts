import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createPolicy, refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { allPages, freshName } from './target.js';

const STRANGE_KEYS = [
  'static/app_v1.0_app/a b+c.txt',
  'double//slash',
  'paren(1)\'"!*.txt',
  'percent%20and%2F',
  'ünïcödé/日本',
  'question?mark&and=equals#hash',
];

export function s3Contract(clients: () => Clients): void {
  async function newBucket(): Promise<string> {
    const Bucket = freshName('bucket');
    await clients().s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  }

  async function read(Bucket: string, Key: string): Promise<string | undefined> {
    return (await clients().s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  }

  it('creates, finds, lists and deletes a bucket', async () => {
    const { s3 } = clients();
    const Bucket = freshName('bucket');
    expect(await refusal(s3.send(new HeadBucketCommand({ Bucket })))).toBe('NotFound');
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1');
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map((bucket) => bucket.Name)).toContain(Bucket);

    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).toBe('BucketNotEmpty');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket })))).toBe('NoSuchBucket');
  });

  it('refuses a bucket name that is too short', async () => {
    expect(await refusal(clients().s3.send(new CreateBucketCommand({ Bucket: 'ab' })))).toBe(
      'InvalidBucketName',
    );
  });

  it('stores content, type, cache control and metadata', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const put = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'k',
        Body: 'hello',
        ContentType: 'text/plain',
        CacheControl: 'no-cache',
        Metadata: { owner: 'me' },
      }),
    );
    expect(put.ETag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({
      ContentLength: 5,
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      Metadata: { owner: 'me' },
      ETag: put.ETag,
      ChecksumCRC32: 'NhCmhg==',
    });
    expect(await read(Bucket, 'k')).toBe('hello');
    const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=1-3' }));
    expect([part.ContentRange, await part.Body?.transformToString()]).toEqual(['bytes 1-3/5', 'ell']);
  });

  it('takes a stream, framed in chunks with a checksum behind it', async () => {
    const Bucket = await newBucket();
    const content = 'x'.repeat(200_000);
    await clients().s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'k',
        Body: Readable.from([content]),
        ContentLength: content.length,
      }),
    );
    expect(await read(Bucket, 'k')).toBe(content);
  });

  it('says that an object is missing', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })))).toBe('NoSuchKey');
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })))).toBe('NotFound');
    expect(
      await refusal(s3.send(new PutObjectCommand({ Bucket: freshName('not'), Key: 'k', Body: 'x' }))),
    ).toBe('NoSuchBucket');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  });

  it('writes and deletes on condition', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const Key = 'lock';
    const first = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a', IfNoneMatch: '*' }));
    const again = new PutObjectCommand({ Bucket, Key, Body: 'b', IfNoneMatch: '*' });
    expect(await refusal(s3.send(again))).toBe('PreconditionFailed');
    const taken = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'c', IfMatch: first.ETag }));
    expect(
      await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'd', IfMatch: first.ETag }))),
    ).toBe('PreconditionFailed');
    expect(await refusal(s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: first.ETag })))).toBe(
      'PreconditionFailed',
    );
    expect(await read(Bucket, Key)).toBe('c');
    await s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: taken.ETag }));
    await s3.send(again);
    expect(await read(Bucket, Key)).toBe('b');
  });

  it('lets one of eight take the lock', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        s3.send(new PutObjectCommand({ Bucket, Key: 'lock', Body: String(n), IfNoneMatch: '*' })),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  it.each(STRANGE_KEYS)('preserves the key %s', async (Key) => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    expect(await read(Bucket, Key)).toBe(Key);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map((object) => object.Key)).toEqual([Key]);
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  it('lists in pages, by prefix, and folded at a delimiter', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const keys = ['a/1', 'a/2', 'b', 'c/x/1', 'c/y', 'd'];
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const { items, pages } = await allPages(async (ContinuationToken) => {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken, MaxKeys: 2 }));
      return { items: page.Contents, next: page.NextContinuationToken };
    });
    expect([items.map((object) => object.Key), pages]).toEqual([keys, 3]);

    const below = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }));
    expect(below.Contents?.map((object) => object.Key)).toEqual(['a/1', 'a/2']);
    const folded = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
    expect(folded.Contents?.map((object) => object.Key)).toEqual(['b', 'd']);
    expect(folded.CommonPrefixes?.map((prefix) => prefix.Prefix)).toEqual(['a/', 'c/']);
    const later = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b' }));
    expect(later.Contents?.map((object) => object.Key)).toEqual(['c/x/1', 'c/y', 'd']);
  });

  it('joins the parts of an upload', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const Key = 'big';
    const pieces = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('the end')];
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const [index, Body] of pieces.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const md5 = (data: Buffer): Buffer => createHash('md5').update(data).digest();
    expect(done.ETag).toBe(`"${md5(Buffer.concat(pieces.map(md5))).toString('hex')}-2"`);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength).toBe(5 * 1024 * 1024 + 7);
  });

  it('refuses small parts', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const Key = 'small';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const PartNumber of [1, 2]) {
      const part = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'x' }));
      Parts.push({ PartNumber, ETag: part.ETag });
    }
    const complete = new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts },
    });
    expect(await refusal(s3.send(complete))).toBe('EntityTooSmall');
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  });

  it('stores a bucket policy and a public access block', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    expect(await refusal(s3.send(new GetBucketPolicyCommand({ Bucket })))).toBe('NoSuchBucketPolicy');
    const Policy = createPolicy({
      Sid: 'DenyInsecureTransport',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
    const blocked = {
      BlockPublicAcls: true,
      IgnorePublicAcls: false,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    };
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: blocked }));
    const read = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(read.PublicAccessBlockConfiguration).toEqual(blocked);
  });
}
