import { z } from 'zod';
import { AppsctlError } from './errors.js';

const strings = z.union([z.string(), z.array(z.string())]);
const statementSchema = z.looseObject({
  Sid: z.string().optional(),
  Effect: z.string(),
  Action: strings.optional(),
  Resource: strings.optional(),
});
const documentSchema = z.looseObject({ Statement: z.union([statementSchema, z.array(statementSchema)]) });

type Statement = z.infer<typeof statementSchema>;
/** An IAM policy document; what it holds beyond these fields is kept as it is. */
export type PolicyDocument = z.infer<typeof documentSchema>;

/** The characters, white space not counted, that a managed policy may have. */
export const MAX_POLICY_CHARACTERS = 6144;

/** The statement of the invoke policy that lists the functions which the server may call. */
const INVOKE_SID = 'AllowLambda';
const INVOKE_ACTION = 'lambda:InvokeFunction';

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

/** A document with more functions allowed, and which ones are new in it. */
export interface InvokePolicyChange {
  readonly document: PolicyDocument;
  /** The ARNs that the document did not have; empty when nothing changes. */
  readonly added: readonly string[];
}

/**
 * Allows more functions to be invoked. Everything else in the document stays as it is, in content and order.
 *
 * @param document the invoke policy
 * @param functionArns ARNs of functions, without a version
 */
export function allowInvoke(document: PolicyDocument, functionArns: readonly string[]): InvokePolicyChange {
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  const current = statements.find(isInvokeStatement);
  const resources = list(current?.Resource);
  const added = functionArns.filter((arn) => !resources.includes(arn));
  if (added.length === 0) return { document, added };
  const statement: Statement = {
    ...(current ?? { Sid: INVOKE_SID, Effect: 'Allow', Action: [INVOKE_ACTION] }),
    Resource: [...resources, ...added],
  };
  const Statement =
    current === undefined
      ? [...statements, statement]
      : statements.map((item) => (item === current ? statement : item));
  return { document: { ...document, Statement }, added };
}

/**
 * Checks that a document fits into a managed policy.
 *
 * @throws AppsctlError LIMIT when it is too long
 */
export function checkPolicySize(name: string, document: PolicyDocument): void {
  const size = JSON.stringify(document).replace(/\s/g, '').length;
  if (size > MAX_POLICY_CHARACTERS) {
    const message = `policy ${name} would have ${size} characters, over the limit of ${MAX_POLICY_CHARACTERS}`;
    throw new AppsctlError('LIMIT', message, {
      hint: 'remove the functions of apps that are no longer used from the policy',
    });
  }
}

function isInvokeStatement(statement: Statement): boolean {
  return (
    statement.Sid === INVOKE_SID &&
    statement.Effect === 'Allow' &&
    list(statement.Action).includes(INVOKE_ACTION)
  );
}

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
