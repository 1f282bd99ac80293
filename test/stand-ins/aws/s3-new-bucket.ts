import type { Account } from './account.js';
import type { OtherBucket } from './options.js';
import type { Bucket, PublicAccessBlock } from './s3-model.js';

const ALL_BLOCKED: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** What another account may do in a bucket that lets it in. Settings are the owner's. */
const GUEST_ACTIONS = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:GetBucketLocation',
  's3:*Object*',
  's3:AbortMultipartUpload',
];

/** A bucket as S3 creates it. */
export function newBucket(account: Account, name: string): Bucket {
  return {
    name,
    owner: account.accountId,
    region: account.region,
    created: account.now(),
    tags: new Map(),
    missingRequests: 0,
    objects: new Map(),
    versioning: undefined,
    versions: new Map(),
    uploads: new Map(),
    policy: undefined,
    encryption: { algorithm: 'AES256', keyId: undefined, bucketKey: false },
    publicAccessBlock: ALL_BLOCKED,
    lifecycle: undefined,
  };
}

/** Adds a bucket of another account or region; its policy lets this account in, if wanted. */
export function addOtherBucket(
  account: Account,
  { bucket: name, accountId, letsIn, region }: OtherBucket,
): void {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: account.rootArn },
        Action: GUEST_ACTIONS,
        Resource: [account.s3Arn(name), account.s3Arn(`${name}/*`)],
      },
    ],
  };
  account.buckets.set(name, {
    ...newBucket(account, name),
    owner: accountId,
    region: region ?? account.region,
    policy: letsIn ? JSON.stringify(policy) : undefined,
  });
}
