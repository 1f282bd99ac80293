import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { freshName } from './target.js';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/6ee8bd5f-0f2e-4a0a-a1a5-d3f4bb7b7b5a';

export function bucketContract(clients: () => Clients): void {
  async function newBucket(): Promise<string> {
    const Bucket = freshName('bucket');
    await clients().s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  }

  it('stores the encryption of a bucket', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY } as const;
    const ServerSideEncryptionConfiguration = {
      Rules: [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }],
    };
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    const read = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(read.ServerSideEncryptionConfiguration).toEqual(ServerSideEncryptionConfiguration);
    expect(await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: KEY,
    });
  });

  it('stores lifecycle rules', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const read = new GetBucketLifecycleConfigurationCommand({ Bucket });
    expect(await refusal(s3.send(read))).toBe('NoSuchLifecycleConfiguration');
    const rule = {
      ID: 'functions',
      Status: 'Enabled',
      Filter: { Prefix: 'functions/' },
      Expiration: { Days: 1 },
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    } as const;
    const put = new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules: [rule] },
    });
    await s3.send(put);
    expect((await s3.send(read)).Rules).toEqual([rule]);
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
    expect(await refusal(s3.send(read))).toBe('NoSuchLifecycleConfiguration');
  });

  it('returns the SHA-256 sent with an object', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    const ChecksumSHA256 = createHash('sha256').update('hello').digest('base64');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ChecksumAlgorithm: 'SHA256' }));
    const head = new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' });
    expect((await s3.send(head)).ChecksumSHA256).toBe(ChecksumSHA256);
  });
}
