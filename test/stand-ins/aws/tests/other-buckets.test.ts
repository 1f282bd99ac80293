import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { clientsFor } from '../../../support/aws-clients.js';
import type { LocalAwsOptions } from '../index.js';
import { createPolicy, refusal } from './helpers.js';
import { creation, newInvokeUser, newRole, startSession } from './session.js';

const OTHER = '111122223333';
const OWN = '123456789012';
const Bucket = 'theirs';

it('denies access to a bucket of another account, and does not list it', async () => {
  const { s3 } = await startSession({ others: [{ bucket: Bucket, accountId: OTHER, letsIn: false }] });
  await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::${OWN}:root is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::theirs/k" because no resource-based policy allows the s3:PutObject action`,
  });
  await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket })))).toBe('AccessDenied');
  expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
});

it('reads and writes objects of a bucket that lets this account in, but not its settings', async () => {
  const session = await startSession({ others: [{ bucket: Bucket, accountId: OTHER, letsIn: true }] });
  const { s3 } = session;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  const settings = [
    () => s3.send(new DeleteBucketCommand({ Bucket })),
    () => s3.send(new GetBucketPolicyCommand({ Bucket })),
  ];
  for (const attempt of settings) expect(await refusal(attempt())).toBe('AccessDenied');

  // A user needs permission from both sides.
  const user = await newInvokeUser(
    session,
    createPolicy({ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/mine/*` }),
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: 'mine/a', Body: 'x' }));
  await user.s3.send(new GetObjectCommand({ Bucket, Key: 'mine/a' }));
  await expect(user.s3.send(new GetObjectCommand({ Bucket, Key: 'yours/a' }))).rejects.toThrow(
    'because no identity-based policy allows the s3:GetObject action',
  );
});

it('leaves a bucket policy to the owner of the bucket, whatever it allows', async () => {
  const { aws, s3 } = await startSession({ others: [{ bucket: Bucket, accountId: OTHER, letsIn: true }] });
  const Policy = createPolicy({
    Effect: 'Allow',
    Principal: { AWS: OWN },
    Action: 's3:*',
    Resource: `arn:aws:s3:::${Bucket}`,
  });
  aws.bucket(Bucket).policy = Policy;
  for (const command of [
    new GetBucketPolicyCommand({ Bucket }),
    new PutBucketPolicyCommand({ Bucket, Policy }),
  ]) {
    await expect(s3.send(command as GetBucketPolicyCommand)).rejects.toMatchObject({
      name: 'MethodNotAllowed',
      $metadata: { httpStatusCode: 405 },
    });
  }
});

it('checks the expected bucket owner of every request that has one', async () => {
  const { s3 } = await startSession({ others: [{ bucket: Bucket, accountId: OTHER, letsIn: true }] });
  await s3.send(new CreateBucketCommand({ Bucket: 'ours' }));
  const requests = (bucket: string, ExpectedBucketOwner: string) => {
    const request = { Bucket: bucket, ExpectedBucketOwner };
    return [
      () => s3.send(new HeadBucketCommand(request)),
      () => s3.send(new PutObjectCommand({ ...request, Key: 'k', Body: 'x' })),
      () => s3.send(new GetObjectCommand({ ...request, Key: 'k' })),
      () => s3.send(new ListObjectsV2Command(request)),
      () => s3.send(new DeleteObjectCommand({ ...request, Key: 'k' })),
    ];
  };
  for (const send of [...requests('ours', OWN), ...requests(Bucket, OTHER)]) await send();
  for (const send of [...requests('ours', OTHER), ...requests(Bucket, OWN)]) {
    await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  }
  await expect(
    s3.send(new ListObjectsV2Command({ Bucket: 'ours', ExpectedBucketOwner: 'us' })),
  ).rejects.toMatchObject({ name: 'InvalidBucketOwnerAWSAccountID' });
});

it('does not create a bucket with the name of a bucket in another account', async () => {
  const { s3 } = await startSession({ others: [{ bucket: Bucket, accountId: OTHER, letsIn: true }] });
  await expect(s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: 'BucketAlreadyExists',
    $metadata: { httpStatusCode: 409 },
  });
});

it('redirects requests for a bucket in another region', async () => {
  const elsewhere = { bucket: 'ours', accountId: OWN, letsIn: true, region: 'eu-west-1' };
  const { s3 } = await startSession({ others: [elsewhere] });
  const request = { Bucket: 'ours' };
  await expect(s3.send(new ListObjectsV2Command(request))).rejects.toMatchObject({
    name: 'PermanentRedirect',
    $metadata: { httpStatusCode: 301 },
    $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } },
  });
  await expect(s3.send(new HeadBucketCommand(request))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 301 },
    $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } },
  });
  expect(await refusal(s3.send(new CreateBucketCommand(request)))).toBe('BucketAlreadyOwnedByYou');
  expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map((bucket) => bucket.Name)).toEqual(['ours']);
});

it('takes requests for a bucket in another region that are signed for it, as the endpoint of that region does', async () => {
  const elsewhere = { bucket: 'ours', accountId: OWN, letsIn: true, region: 'eu-west-1' };
  const { aws } = await startSession({ others: [elsewhere] });
  const { s3 } = clientsFor(aws.endpoint, aws.admin, 'eu-west-1');
  await s3.send(new PutObjectCommand({ Bucket: 'ours', Key: 'a', Body: 'a' }));
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'ours' }))).KeyCount).toBe(1);
  expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket: 'missing' })))).toBe('NoSuchBucket');
});

it('refuses requests for a bucket in an opt-in region, if configured', async () => {
  const options: LocalAwsOptions = {
    others: [{ bucket: 'ours', accountId: OWN, letsIn: true, region: 'eu-south-1' }],
    s3: { otherRegion: 'IllegalLocationConstraintException' },
  };
  const { s3 } = await startSession(options);
  await expect(s3.send(new ListObjectsV2Command({ Bucket: 'ours' }))).rejects.toMatchObject({
    name: 'IllegalLocationConstraintException',
    message:
      'The eu-south-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
    $metadata: { httpStatusCode: 400 },
  });
});

it('does not read code from a bucket in another region', async () => {
  const elsewhere = { bucket: 'ours', accountId: OWN, letsIn: true, region: 'eu-west-1' };
  const session = await startSession({ others: [elsewhere] });
  await newRole(session);
  const create = await creation(session, { Code: { S3Bucket: 'ours', S3Key: 'code.zip' } });
  await expect(session.lambda.send(create)).rejects.toThrow('S3 Error Code: PermanentRedirect');
});

it('copies the buckets of other accounts when it starts as a copy', async () => {
  const { aws } = await startSession({ others: [{ bucket: Bucket, accountId: OTHER, letsIn: false }] });
  const copy = await startSession({ like: aws });
  expect(copy.aws.bucket(Bucket).owner).toBe(OTHER);
  expect(await refusal(copy.s3.send(new CreateBucketCommand({ Bucket })))).toBe('BucketAlreadyExists');
});

it('does not find a new bucket for the configured number of requests, and aborts creations', async () => {
  const { s3 } = await startSession({ s3: { missingRequests: 2, createConflicts: 1 } });
  const create = () => s3.send(new CreateBucketCommand({ Bucket: 'ours' }));
  const put = () => s3.send(new PutObjectCommand({ Bucket: 'ours', Key: 'k', Body: 'x' }));
  await expect(create()).rejects.toMatchObject({
    name: 'OperationAborted',
    $metadata: { httpStatusCode: 409 },
  });
  await create();
  expect(await refusal(put())).toBe('NoSuchBucket');
  expect(await refusal(s3.send(new HeadBucketCommand({ Bucket: 'ours' })))).toBe('NotFound');
  await put();
  await create();
  await put();
});
