import {
  CreateBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { S3BucketSetup } from '../../../../src/aws/s3/s3-bucket-setup.js';
import { S3Objects } from '../../../../src/aws/s3/s3-objects.js';
import { type Fault, type LocalAwsOptions, startLocalAws } from '../../../stand-ins/aws/index.js';
import { connectionTo } from '../../../support/connection.js';
import { AWS } from '../../../support/messages/aws.js';

const BUCKET = 'a-bucket';

async function setUp(options: LocalAwsOptions = {}) {
  let fault: ((operation: string) => Promise<Fault | undefined>) | undefined;
  const aws = await startLocalAws({ intercept: ({ operation }) => fault?.(operation), ...options });
  const { connection, events, requests, clock } = connectionTo(aws);
  const s3 = new S3Client({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: aws.admin,
    forcePathStyle: true,
  });
  onTestFinished(async () => {
    s3.destroy();
    await aws.stop();
  });
  return {
    ...{ aws, s3, events, requests, clock, connection },
    setup: new S3BucketSetup(connection, BUCKET, aws.accountId),
    failOn: (next: typeof fault) => {
      fault = next;
    },
  };
}

describe('a bucket that does not exist', () => {
  test('is created despite conflicts and although S3 is eventually consistent', async () => {
    const { aws, setup } = await setUp({ s3: { createConflicts: 3, missingRequests: 3 } });
    expect(await setup.exists()).toBe(false);
    await setup.create({ partition: 'aws' });
    await setup.addCleanupRules();
    expect(aws.bucket(BUCKET)).toMatchObject({
      policy: expect.stringContaining('aws:SecureTransport'),
      publicAccessBlock: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
  });

  test('is created without PutPublicAccessBlock, which an organization may deny, as new buckets block public access', async () => {
    const { setup, requests } = await setUp();
    await setup.create({ partition: 'aws' });
    expect(requests().filter((line) => line.startsWith('PutPublicAccessBlock'))).toEqual([]);
  });

  test('keeps a policy that another client sets at the same time', async () => {
    const { aws, s3, setup, failOn } = await setUp();
    const theirs = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Deny', Principal: '*', Action: 's3:PutObjectAcl', Resource: `arn:aws:s3:::${BUCKET}/*` },
      ],
    };
    failOn(async (operation) => {
      if (operation !== 'GetPublicAccessBlock') return undefined;
      failOn(undefined);
      await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify(theirs) }));
      return undefined;
    });
    await setup.create({ partition: 'aws' });
    expect(JSON.parse(aws.bucket(BUCKET).policy ?? '')).toEqual(theirs);
  });
});

describe('a bucket of another account', () => {
  test.each([true, false])('is never used (its policy grants access: %s)', async (letsIn) => {
    const { aws, setup, connection } = await setUp({
      others: [{ bucket: BUCKET, accountId: '999999999999', letsIn }],
    });
    await expect(setup.exists()).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: AWS.bucketNotOwned(BUCKET),
      hint: expect.stringContaining('choose another name for aws.bucket, or grant s3:ListBucket'),
    });
    const objects = new S3Objects(connection, BUCKET, aws.accountId);
    await expect(objects.list('')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    for (let time = 0; time < 2; time++)
      await expect(objects.put('static/x', Buffer.from('x'), 'text/plain')).rejects.toMatchObject({
        code: 'ACCESS_DENIED',
      });
    await expect(objects.putIfAbsent('locks/x', Buffer.from('x'))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    expect(aws.bucket(BUCKET).objects.size).toBe(0);
  });

  test.each(['PermanentRedirect', 'IllegalLocationConstraintException'] as const)(
    'or in another region (%s) is reported with a hint',
    async (otherRegion) => {
      const { aws, setup, connection } = await setUp({
        others: [{ bucket: BUCKET, accountId: '123456789012', letsIn: true, region: 'eu-west-1' }],
        s3: { otherRegion },
      });
      const expected = {
        code: 'CONFLICT',
        message: `bucket ${BUCKET} is not in region us-east-1`,
        hint: expect.stringContaining('set aws.region to the region of the bucket'),
      };
      await expect(setup.exists()).rejects.toMatchObject(expected);
      await expect(new S3Objects(connection, BUCKET, aws.accountId).list('')).rejects.toMatchObject(expected);
    },
  );
});

describe('the cleanup rules', () => {
  test('are added once to the rules that the bucket has', async () => {
    const { aws, s3, setup } = await setUp();
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const theirs = {
      ID: 'theirs',
      Status: 'Enabled',
      Filter: { Prefix: 'logs/' },
      Expiration: { Days: 30 },
    } as const;
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: BUCKET,
        LifecycleConfiguration: { Rules: [theirs] },
      }),
    );
    expect(await setup.hasCleanupRules()).toBe(false);
    expect(await setup.addCleanupRules()).toBe(true);
    expect(await setup.hasCleanupRules()).toBe(true);
    const before = JSON.stringify(aws.bucket(BUCKET).lifecycle);
    expect(before).toMatch(/theirs.*appsctl-functions.*appsctl-locks/);
    await setup.addCleanupRules();
    expect(JSON.stringify(aws.bucket(BUCKET).lifecycle)).toBe(before);
  });

  test('expire uploads, locks, their versions and the parts of incomplete uploads after a day', async () => {
    const { aws, setup } = await setUp();
    await setup.create({ partition: 'aws' });
    await setup.addCleanupRules();
    const text = JSON.stringify(aws.bucket(BUCKET).lifecycle);
    for (const part of [
      'functions/',
      'locks/',
      'NoncurrentVersionExpiration',
      'AbortIncompleteMultipartUpload',
    ])
      expect(text).toContain(part);
  });
});

test('the encryption key of a bucket is found, so that the server can be granted its use', async () => {
  const { aws, setup } = await setUp();
  await setup.create({ partition: 'aws' });
  expect(await setup.encryptionKey()).toBeUndefined();
  const keyId = 'arn:aws:kms:us-east-1:123456789012:key/1';
  aws.bucket(BUCKET).encryption = { algorithm: 'aws:kms', keyId, bucketKey: true };
  expect(await setup.encryptionKey()).toBe(keyId);
});

test('a bucket is partially created only if it is empty and has no policy', async () => {
  const { s3, setup } = await setUp();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  expect(await setup.isPartiallyCreated()).toBe(true);
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'x', Body: 'x' }));
  expect(await setup.isPartiallyCreated()).toBe(false);
});
