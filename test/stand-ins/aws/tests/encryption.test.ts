import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type ServerSideEncryptionRule,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import type { Clients } from '../../../support/aws-clients.js';
import { createPolicy, createZip, refusal } from './helpers.js';
import { creation, newInvokeUser, newRole, type Session, startSession } from './session.js';

const [Bucket, Key] = ['apps', 'k'];
const KEY_ID = '6ee8bd5f-0f2e-4a0a-a1a5-d3f4bb7b7b5a';
const KEY = `arn:aws:kms:us-east-1:123456789012:key/${KEY_ID}`;
const MD5_OF_X = '"9dd4e461268c8034f5c8564e155c67a6"';

function setEncryption({ s3 }: Session, ...Rules: ServerSideEncryptionRule[]): Promise<unknown> {
  const ServerSideEncryptionConfiguration = { Rules };
  return s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
}

/** A session whose bucket encrypts with a key of the customer. */
async function startEncrypted(): Promise<Session> {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY_ID } as const;
  await setEncryption(session, { ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true });
  return session;
}

/** A user with all permissions for S3, and these for the key. */
function userWith(session: Session, ...actions: string[]): Promise<Clients> {
  return newInvokeUser(
    session,
    createPolicy(
      { Effect: 'Allow', Action: ['s3:*', 'lambda:*', 'iam:PassRole'], Resource: '*' },
      { Effect: 'Allow', Action: ['kms:DescribeKey', ...actions], Resource: KEY },
    ),
  );
}

it('stores the encryption of a bucket until it is deleted', async () => {
  const session = await startEncrypted();
  const { s3, aws } = session;
  const read = async () =>
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules;
  expect(await read()).toEqual([
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY_ID },
      BucketKeyEnabled: true,
    },
  ]);
  await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
  const S3_MANAGED = {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
    BucketKeyEnabled: false,
  };
  expect(await read()).toEqual([S3_MANAGED]);
  aws.bucket(Bucket).encryption = { algorithm: 'aws:kms:dsse', keyId: KEY, bucketKey: false };
  expect((await read())?.[0]?.ApplyServerSideEncryptionByDefault).toEqual({
    SSEAlgorithm: 'aws:kms:dsse',
    KMSMasterKeyID: KEY,
  });
});

it.each<[string, ServerSideEncryptionRule[], string]>([
  ['no rule', [], 'MalformedXML'],
  ['no algorithm', [{ BucketKeyEnabled: true }], 'MalformedXML'],
  [
    'a key without KMS',
    [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256', KMSMasterKeyID: KEY } }],
    'InvalidArgument',
  ],
  [
    'an unknown algorithm',
    [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'rot13' as 'AES256' } }],
    'InvalidEncryptionAlgorithmError',
  ],
])('refuses bucket encryption with %s', async (_, rules, name) => {
  expect(await refusal(setEncryption(await startEncrypted(), ...rules))).toBe(name);
});

it('gives objects encrypted with KMS an ETag that is not an MD5, and names the key', async () => {
  const { s3 } = await startEncrypted();
  const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const encrypted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY, BucketKeyEnabled: true };
  expect(put).toMatchObject(encrypted);
  expect(put.ETag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(put.ETag).not.toBe(MD5_OF_X);
  expect((await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).ETag).not.toBe(put.ETag);
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ...encrypted, ETag });
  expect((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.[0]?.ETag).toBe(ETag);

  const own = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ServerSideEncryption: 'AES256' }));
  expect([own.ETag, own.ServerSideEncryption, own.SSEKMSKeyId]).toEqual([MD5_OF_X, 'AES256', undefined]);
});

it('encrypts an object as the request asks', async () => {
  const { s3 } = await startSession();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (changes: object) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...changes }));
  expect(await put({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY_ID })).toMatchObject({
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: KEY,
  });
  const managed = await put({ ServerSideEncryption: 'aws:kms' });
  expect(managed.SSEKMSKeyId).toMatch(/^arn:aws:kms:us-east-1:123456789012:key\/[0-9a-f-]{36}$/);
  expect(managed.ETag).not.toBe(MD5_OF_X);
  expect(await refusal(put({ SSEKMSKeyId: KEY }))).toBe('InvalidArgument');
});

it('requires kms:GenerateDataKey to write and kms:Decrypt to read', async () => {
  const session = await startEncrypted();
  const writer = await userWith(session, 'kms:GenerateDataKey');
  await writer.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  await writer.s3.send(new HeadObjectCommand({ Bucket, Key }));
  const denied = (action: string) => ({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::123456789012:user/invoke is not authorized to perform: ${action} on resource: ${KEY} because no identity-based policy allows the ${action} action`,
  });
  await expect(writer.s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject(
    denied('kms:Decrypt'),
  );
  const checking = writer.s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  await expect(checking).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });

  const other = await startEncrypted();
  await other.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const reader = await userWith(other, 'kms:Decrypt');
  await reader.s3.send(new GetObjectCommand({ Bucket, Key }));
  await reader.s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  await expect(reader.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).rejects.toMatchObject(
    denied('kms:GenerateDataKey'),
  );
});

it('needs no permission for the key that AWS manages for S3', async () => {
  const session = await startEncrypted();
  await setEncryption(session, { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } });
  const user = await userWith(session);
  await user.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  await user.s3.send(new GetObjectCommand({ Bucket, Key }));
});

it('requires kms:Decrypt as well for multipart uploads', async () => {
  const upload = async ({ s3 }: Clients) => {
    const { UploadId, SSEKMSKeyId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const done = await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
    return { ETag: done.ETag, SSEKMSKeyId };
  };
  const session = await startEncrypted();
  const writer = await userWith(session, 'kms:GenerateDataKey');
  await expect(upload(writer)).rejects.toThrow('kms:Decrypt');
  const uploaded = await upload(await userWith(await startEncrypted(), 'kms:GenerateDataKey', 'kms:Decrypt'));
  expect(uploaded).toEqual({ ETag: expect.stringMatching(/^"[0-9a-f]{32}-1"$/), SSEKMSKeyId: KEY });
});

it('requires kms:Decrypt to create a function from an object encrypted with KMS', async () => {
  const session = await startEncrypted();
  await newRole(session);
  const Body = await createZip({ 'index.js': 'exports.handler = async () => 1;' });
  await session.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const create = await creation(session, { Code: { S3Bucket: Bucket, S3Key: Key } });
  const user = await userWith(session);
  await expect(user.lambda.send(create)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('kms:Decrypt'),
  });
  expect((await session.lambda.send(create)).CodeSize).toBe(Body.length);
});

it('refuses uploads without an encryption header if the bucket policy requires one', async () => {
  const { s3 } = await startSession();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Policy = createPolicy({
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
    Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  // Even by the root user, who can still change the policy.
  await expect(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).rejects.toThrow(
    'with an explicit deny in a resource-based policy',
  );
  const encrypted = { Bucket, Key, ServerSideEncryption: 'aws:kms' } as const;
  await s3.send(new PutObjectCommand({ ...encrypted, Body: 'x' }));
  expect(await refusal(s3.send(new CreateMultipartUploadCommand({ Bucket, Key })))).toBe('AccessDenied');
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(encrypted));
  await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
});
