import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createPolicy, refusal } from './helpers.js';
import { type Session, startSession } from './session.js';

const Bucket = 'apps';

async function sessionWithBucket(options: Parameters<typeof startSession>[0] = {}): Promise<Session> {
  const session = await startSession(options);
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  return session;
}

it.each(['Upper-Case', 'under_score', '-dash', 'dots..twice', '192.168.0.1', 'xn--name', 'x'.repeat(64)])(
  'refuses the bucket name %s',
  async (name) => {
    const { s3 } = await startSession();
    expect(await refusal(s3.send(new CreateBucketCommand({ Bucket: name })))).toBe('InvalidBucketName');
  },
);

it('wants the location of a bucket named in every region but us-east-1', async () => {
  const create = (session: Session, place?: string) =>
    session.s3.send(
      new CreateBucketCommand({
        Bucket,
        ...(place === undefined
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: place as 'eu-west-1' } }),
      }),
    );
  const first = await startSession();
  expect(await refusal(create(first, 'us-east-1'))).toBe('InvalidLocationConstraint');
  await create(first);
  await create(first);
  expect((await first.s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();

  const second = await startSession({ region: 'eu-central-1' });
  expect(await refusal(create(second, 'eu-west-1'))).toBe('IllegalLocationConstraintException');
  await create(second, 'eu-central-1');
  await expect(create(second, 'eu-central-1')).rejects.toMatchObject({
    name: 'BucketAlreadyOwnedByYou',
    $metadata: { httpStatusCode: 409 },
  });
  expect((await second.s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe(
    'eu-central-1',
  );
});

it('reserves account-regional names for the account, and only with the namespace header', async () => {
  const { s3 } = await startSession();
  const name = 'apps-123456789012-us-east-1-an';
  const create = (name: string, BucketNamespace?: 'account-regional') =>
    s3.send(new CreateBucketCommand({ Bucket: name, BucketNamespace }));
  expect(await refusal(create(name))).toBe('MissingNamespaceHeader');
  for (const other of ['apps', 'apps-111122223333-us-east-1-an', 'apps-123456789012-eu-west-1-an']) {
    expect(await refusal(create(other, 'account-regional'))).toBe('InvalidNamespaceHeader');
  }
  await create(name, 'account-regional');
});

it('blocks public access to a new bucket, takes no ACL and encrypts', async () => {
  const { s3 } = await sessionWithBucket();
  const block = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
  expect(Object.values(block.PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true]);
  const Policy = createPolicy({
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  });
  await expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toThrow('BlockPublicPolicy');
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect(await refusal(s3.send(new GetPublicAccessBlockCommand({ Bucket })))).toBe(
    'NoSuchPublicAccessBlockConfiguration',
  );

  const put = new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ACL: 'public-read' });
  expect(await refusal(s3.send(put))).toBe('AccessControlListNotSupported');
  const stored = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  expect(stored.ServerSideEncryption).toBe('AES256');
  const rules = (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration
    ?.Rules;
  expect(rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe('AES256');
});

it('refuses a bucket policy for another bucket, or one that is none', async () => {
  const { s3 } = await sessionWithBucket();
  const deny = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::other/*' };
  for (const Policy of ['{', createPolicy(deny), createPolicy({ ...deny, Principal: undefined })]) {
    expect(await refusal(s3.send(new PutBucketPolicyCommand({ Bucket, Policy })))).toBe('MalformedPolicy');
  }
});

it('checks digests, and takes keys of 1,024 bytes', async () => {
  const { s3 } = await sessionWithBucket();
  const put = (changes: object) =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ...changes }));
  const other = createHash('md5').update('other').digest('base64');
  expect(await refusal(put({ ContentMD5: other }))).toBe('BadDigest');
  expect(await refusal(put({ ContentMD5: 'short' }))).toBe('InvalidDigest');
  expect(await refusal(put({ ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest');
  expect(
    (await put({ ChecksumSHA256: createHash('sha256').update('hello').digest('base64') })).ETag,
  ).toBeDefined();
  expect(await refusal(put({ ChecksumCRC32C: 'AAAAAA==' }))).toBe('NotImplemented');
  await put({ Key: 'ü'.repeat(512) });
  expect(await refusal(put({ Key: `${'ü'.repeat(512)}x` }))).toBe('KeyTooLongError');
  expect(await refusal(put({ Metadata: { big: 'x'.repeat(2048) } }))).toBe('MetadataTooLarge');
});

it('compares entity tags with an object that is not there', async () => {
  const { s3 } = await sessionWithBucket();
  const IfMatch = '"d41d8cd98f00b204e9800998ecf8427e"';
  expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfMatch })))).toBe(
    'NoSuchKey',
  );
  expect(await refusal(s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch })))).toBe('NoSuchKey');
});

it('reads ranges, and nothing where nothing changed', async () => {
  const { s3 } = await sessionWithBucket();
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }));
  const read = async (Range: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range }))).Body?.transformToString();
  expect([await read('bytes=-2'), await read('bytes=3-'), await read('bytes=0-99')]).toEqual([
    'lo',
    'lo',
    'hello',
  ]);
  expect(await refusal(read('bytes=5-'))).toBe('InvalidRange');
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'k', IfNoneMatch: ETag }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
});

it('orders keys by their UTF-8 bytes and pages at the page size that was set', async () => {
  const { s3 } = await sessionWithBucket({ pageSize: 2 });
  // In UTF-16 the last two would be in the opposite order.
  const keys = ['a', 'a/b', 'b', '\uff5e', '\u{1f600}'];
  for (const Key of [...keys].reverse()) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const found: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: token, MaxKeys: 1000 }));
    expect(page.KeyCount).toBeLessThanOrEqual(2);
    found.push(...(page.Contents ?? []).map((object) => object.Key));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  expect(found).toEqual(keys);
});

it('folds a common prefix once, over several pages, and encodes keys on demand', async () => {
  const { s3 } = await sessionWithBucket({ pageSize: 1 });
  for (const Key of ['a/1', 'a/2', 'a/3', 'b c+d'])
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const first = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  expect(first.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
  const ContinuationToken = first.NextContinuationToken;
  const next = await s3.send(
    new ListObjectsV2Command({ Bucket, Delimiter: '/', ContinuationToken, EncodingType: 'url' }),
  );
  expect([next.CommonPrefixes, next.Contents?.[0]?.Key, next.IsTruncated]).toEqual([
    undefined,
    'b+c%2Bd',
    false,
  ]);
});

it('forgets an aborted upload', async () => {
  const { s3 } = await sessionWithBucket();
  const Key = 'big';
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.map((one) => one.Key)).toEqual(
    [Key],
  );
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  const late = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' });
  expect(await refusal(s3.send(late))).toBe('NoSuchUpload');
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
});

it('lists multipart uploads by key and upload ID, in pages', async () => {
  const { s3 } = await sessionWithBucket();
  const uploads: (string | undefined)[][] = [];
  for (const Key of ['b', 'a', 'b', 'b', 'c', 'other']) {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    uploads.push([Key, UploadId]);
  }
  const list = (input: Partial<ListMultipartUploadsCommandInput>) =>
    s3.send(new ListMultipartUploadsCommand({ Bucket, ...input }));
  const found: (string | undefined)[][] = [];
  let markers: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> = {};
  for (const isTruncated of [true, true, false]) {
    const page = await list({ MaxUploads: 2, ...markers });
    found.push(...(page.Uploads ?? []).map(({ Key, UploadId }) => [Key, UploadId]));
    expect(page).toMatchObject({ IsTruncated: isTruncated, MaxUploads: 2 });
    const [lastKey, lastId] = isTruncated ? (found.at(-1) ?? []) : [];
    expect([page.NextKeyMarker, page.NextUploadIdMarker]).toEqual([lastKey, lastId]);
    markers = { KeyMarker: lastKey, UploadIdMarker: lastId };
  }
  expect(found).toEqual(uploads.sort((a, b) => (a.join() < b.join() ? -1 : 1)));
  // Without an upload ID, a key marker skips all uploads to the key; an upload ID alone is ignored.
  const keys = async (input: Partial<ListMultipartUploadsCommandInput>) =>
    (await list(input)).Uploads?.map(({ Key }) => Key);
  expect(await keys({ KeyMarker: 'b' })).toEqual(['c', 'other']);
  expect(await keys({ UploadIdMarker: 'zzz', Prefix: 'b' })).toEqual(['b', 'b', 'b']);
});

it('says what it does not implement', async () => {
  const { s3 } = await sessionWithBucket();
  const requests = [
    new GetBucketTaggingCommand({ Bucket }),
    new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` }),
    new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', WebsiteRedirectLocation: '/x' }),
    new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ServerSideEncryption: 'aws:fsx' }),
  ];
  for (const request of requests) {
    await expect(s3.send(request as PutObjectCommand)).rejects.toMatchObject({
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    });
  }
});
