import { s3Arn } from '../aws/arn.js';
import type { PolicyDocument } from './policy-document.js';
import { evaluateGrant, type Grant, grantedResources, withGrantedResources } from './policy-grants.js';

/** The rights of the Mattermost server to read manifests and assets, and to list them. The Sids are those of the Go tool. */
export const READ_GRANT: Grant = { sid: 'AllowS3', action: 's3:GetObject' };
export const LIST_GRANT: Grant = { sid: 'AllowS3list', action: 's3:ListBucket' };

/**
 * The invoke policy of an account without apps: read the manifests and assets, list the bucket.
 *
 * @param bucket the name of the bucket
 * @param partition the partition of the account: aws, aws-us-gov, aws-cn
 */
export function initialInvokePolicy(bucket: string, partition: string): PolicyDocument {
  const readable = READABLE.map((prefix) => s3Arn({ partition }, bucket, `${prefix}*`));
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: READ_GRANT.sid, Effect: 'Allow', Action: [READ_GRANT.action], Resource: readable },
      {
        Sid: LIST_GRANT.sid,
        Effect: 'Allow',
        Action: [LIST_GRANT.action],
        Resource: [s3Arn({ partition }, bucket)],
      },
    ],
  };
}

/** What the server reads. */
const READABLE = ['manifests/', 'static/'];

/**
 * A policy that also lets the server read and list a bucket.
 *
 * @returns the same document when it does so already
 */
export function withBucket(document: PolicyDocument, bucket: string, partition: string): PolicyDocument {
  const objects = READABLE.map((prefix) => s3Arn({ partition }, bucket, `${prefix}*`));
  return withAllowed(withAllowed(document, READ_GRANT, objects), LIST_GRANT, [s3Arn({ partition }, bucket)]);
}

/** Whether policies together let the server read and list a bucket. */
export function isBucketReadable(
  documents: readonly PolicyDocument[],
  bucket: string,
  partition: string,
): boolean {
  const isAllowed = (grant: Grant, resource: string): boolean =>
    evaluateGrant(documents, grant, resource) === 'allowed';
  return (
    READABLE.every((prefix) => isAllowed(READ_GRANT, s3Arn({ partition }, bucket, `${prefix}*`))) &&
    isAllowed(LIST_GRANT, s3Arn({ partition }, bucket))
  );
}

function withAllowed(document: PolicyDocument, grant: Grant, resources: readonly string[]): PolicyDocument {
  // A pattern is allowed when what it stands for is: the text itself has no other meaning for IAM than its characters.
  const missing = resources.filter((resource) => evaluateGrant([document], grant, resource) !== 'allowed');
  if (missing.length === 0) return document;
  return withGrantedResources(document, grant, [...grantedResources(document, grant), ...missing]);
}

/** What the execution role must say, so that AWS Lambda may assume it. */
export const LAMBDA_TRUST_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** A bucket policy that refuses every request without TLS. */
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
