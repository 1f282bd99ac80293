import { s3Arn } from '../aws/arn.js';
import { ASSET_PREFIX, MANIFEST_PREFIX } from '../aws/resource-names.js';
import type { PolicyDocument } from './policy-document.js';
import { evaluateGrant, type Grant, grantedResources, withGrantedResources } from './policy-grants.js';

/**
 * Allow the Mattermost server to read manifests and assets, and to list the bucket. The Sids are those of the Go tool.
 */
export const READ_GRANT: Grant = { sid: 'AllowS3', action: 's3:GetObject' };
export const LIST_GRANT: Grant = { sid: 'AllowS3list', action: 's3:ListBucket' };
/** Allows the Mattermost server to read a bucket that a customer managed key encrypts. */
export const DECRYPT_GRANT: Grant = { sid: 'AllowDecrypt', action: 'kms:Decrypt' };

/**
 * Creates the invoke policy of an account without apps. It allows reading manifests and assets and listing the bucket.
 *
 * @param bucket the name of the bucket
 * @param partition the partition of the account: aws, aws-us-gov or aws-cn
 * @param key the ARN of the customer managed key that encrypts the bucket
 */
export function initialInvokePolicy(bucket: string, partition: string, key?: string): PolicyDocument {
  return withBucket({ Version: '2012-10-17', Statement: [] }, bucket, partition, key);
}

/** The key prefixes of the objects that the server reads. */
const READABLE_PREFIXES = [MANIFEST_PREFIX, ASSET_PREFIX] as const;

function readableObjects(bucket: string, partition: string): string[] {
  return READABLE_PREFIXES.map((prefix) => s3Arn({ partition }, bucket, `${prefix}*`));
}

/**
 * Extends a policy so that it allows the server to read and list a bucket.
 *
 * @param key the ARN of the customer managed key that encrypts the bucket
 * @returns the same object if the policy already allows it
 */
export function withBucket(
  document: PolicyDocument,
  bucket: string,
  partition: string,
  key?: string,
): PolicyDocument {
  const readable = withAllowed(document, READ_GRANT, readableObjects(bucket, partition));
  const listable = withAllowed(readable, LIST_GRANT, [s3Arn({ partition }, bucket)]);
  return key === undefined ? listable : withAllowed(listable, DECRYPT_GRANT, [key]);
}

/** Whether these policies together allow the server to read and list a bucket. */
export function isBucketReadable(
  documents: readonly PolicyDocument[],
  bucket: string,
  partition: string,
): boolean {
  const isAllowed = (grant: Grant, resource: string): boolean =>
    evaluateGrant(documents, grant, resource) === 'allowed';
  return (
    readableObjects(bucket, partition).every((pattern) => isAllowed(READ_GRANT, pattern)) &&
    isAllowed(LIST_GRANT, s3Arn({ partition }, bucket))
  );
}

function withAllowed(document: PolicyDocument, grant: Grant, resources: readonly string[]): PolicyDocument {
  // A pattern is evaluated as if it were an ARN: wildcards in the policy match the wildcards in it.
  const missing = resources.filter((resource) => evaluateGrant([document], grant, resource) !== 'allowed');
  if (missing.length === 0) return document;
  return withGrantedResources(document, grant, [...grantedResources(document, grant), ...missing]);
}

/** The trust policy of the execution role: allows AWS Lambda to assume it. */
export const LAMBDA_TRUST_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** Creates a bucket policy that denies all requests without TLS. */
export function tlsOnlyBucketPolicy(bucket: string, partition: string): PolicyDocument {
  const arn = s3Arn({ partition }, bucket);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'DenyInsecureTransport',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
}
