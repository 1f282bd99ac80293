import * as z from 'zod/mini';
import { AppsctlError } from './errors.js';

const strings = z.union([z.string(), z.array(z.string())]);
const statementSchema = z.looseObject({
  Sid: z.optional(z.string()),
  Effect: z.string(),
  Action: z.optional(strings),
  Resource: z.optional(strings),
});
const documentSchema = z.looseObject({ Statement: z.union([statementSchema, z.array(statementSchema)]) });

/** One statement of a policy document. */
export type PolicyStatement = z.infer<typeof statementSchema>;
/** An IAM policy document; what it holds beyond these fields is kept as it is. */
export type PolicyDocument = z.infer<typeof documentSchema>;

/** The characters, white space not counted, that a managed policy may have. */
export const MAX_POLICY_CHARACTERS = 6144;

/**
 * Reads a policy document.
 *
 * @param name the policy, for the error
 * @param text JSON
 * @throws AppsctlError SERVICE when it is no policy document
 */
export function parsePolicyDocument(name: string, text: string): PolicyDocument {
  try {
    return documentSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = `the document of policy ${name} cannot be understood`;
    throw new AppsctlError('SERVICE', message, {
      hint: 'look at the policy in the IAM console',
      cause: error,
    });
  }
}

/**
 * The invoke policy of an account without apps: read the manifests and assets, list the bucket.
 *
 * @param bucket the name of the bucket
 * @param partition the partition of the account: aws, aws-us-gov, aws-cn
 */
export function initialInvokePolicy(bucket: string, partition: string): PolicyDocument {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowS3',
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: [`${arn}/manifests/*`, `${arn}/static/*`],
      },
      { Sid: 'AllowS3list', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [arn] },
    ],
  };
}

/** What the execute role must say, so that AWS Lambda may take it on. */
export const LAMBDA_TRUST_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** A bucket policy that refuses every request without TLS. */
export function tlsOnlyBucketPolicy(bucket: string, partition: string): PolicyDocument {
  const arn = `arn:${partition}:s3:::${bucket}`;
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

/** The characters that count against {@link MAX_POLICY_CHARACTERS}. */
export function policySize(document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, '').length;
}
