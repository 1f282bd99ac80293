import { AwsError } from './errors.js';
import { readPayload } from './payload.js';
import { type PolicyStatement, PolicySyntaxError, readPolicy } from './policy-document.js';
import type { Bucket, PublicAccessBlock } from './s3-model.js';
import { existingBucket, plain, type S3Operation, type S3Request, xmlAnswer, xmlBody } from './s3-request.js';
import { childText } from './xml.js';

const POLICY_BYTES = 20 * 1024;

function readBucketPolicy(request: S3Request, text: string): PolicyStatement[] {
  const malformed = (message: string): AwsError => new AwsError(400, 'MalformedPolicy', message);
  if (Buffer.byteLength(text) > POLICY_BYTES)
    throw new AwsError(400, 'PolicyTooLarge', 'The policy exceeds 20 KB.');
  let statements: PolicyStatement[];
  try {
    statements = readPolicy(text, 'bucket', request.account.partition);
  } catch (error) {
    throw error instanceof PolicySyntaxError ? malformed(error.message) : error;
  }
  const arn = request.account.s3Arn(request.bucketName);
  const foreign = statements
    .flatMap((statement) => statement.resources?.patterns ?? [])
    .find((resource) => resource !== arn && !resource.startsWith(`${arn}/`));
  if (foreign !== undefined) throw malformed('Policy has invalid resource');
  return statements;
}

/** Only the owner can read and change a bucket policy, whatever it allows. */
function ownBucket(request: S3Request): Bucket {
  const bucket = existingBucket(request);
  if (bucket.owner === request.account.accountId) return bucket;
  throw new AwsError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
}

function isPublic(statement: PolicyStatement): boolean {
  return (
    statement.effect === 'Allow' &&
    statement.conditions.length === 0 &&
    statement.principals?.patterns.includes('*') === true
  );
}

export const bucketAccessOperations = {
  PutPublicAccessBlock: {
    name: 'PutPublicAccessBlock',
    changesBucket: true,
    action: 's3:PutBucketPublicAccessBlock',
    act(request) {
      const bucket = existingBucket(request);
      const given = xmlBody(readPayload(request.call).bytes);
      const flag = (name: keyof PublicAccessBlock): boolean =>
        childText(given, name)?.toLowerCase() === 'true';
      bucket.publicAccessBlock = {
        BlockPublicAcls: flag('BlockPublicAcls'),
        IgnorePublicAcls: flag('IgnorePublicAcls'),
        BlockPublicPolicy: flag('BlockPublicPolicy'),
        RestrictPublicBuckets: flag('RestrictPublicBuckets'),
      };
      return plain(200);
    },
  },

  GetPublicAccessBlock: {
    name: 'GetPublicAccessBlock',
    action: 's3:GetBucketPublicAccessBlock',
    act(request) {
      const block = existingBucket(request).publicAccessBlock;
      if (block === undefined) {
        throw new AwsError(
          404,
          'NoSuchPublicAccessBlockConfiguration',
          'The public access block configuration was not found',
        );
      }
      return xmlAnswer('PublicAccessBlockConfiguration', { ...block });
    },
  },

  DeletePublicAccessBlock: {
    name: 'DeletePublicAccessBlock',
    changesBucket: true,
    action: 's3:PutBucketPublicAccessBlock',
    act(request) {
      existingBucket(request).publicAccessBlock = undefined;
      return plain(204);
    },
  },

  PutBucketPolicy: {
    name: 'PutBucketPolicy',
    changesBucket: true,
    act(request, caller) {
      const bucket = ownBucket(request);
      const text = readPayload(request.call).bytes.toString('utf8');
      const statements = readBucketPolicy(request, text);
      if (bucket.publicAccessBlock?.BlockPublicPolicy === true && statements.some(isPublic)) {
        throw new AwsError(
          403,
          'AccessDenied',
          `User: ${caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${request.account.s3Arn(bucket.name)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
        );
      }
      bucket.policy = text;
      return plain(204);
    },
  },

  GetBucketPolicy: {
    name: 'GetBucketPolicy',
    act(request) {
      const { policy } = ownBucket(request);
      if (policy === undefined)
        throw new AwsError(404, 'NoSuchBucketPolicy', 'The bucket policy does not exist');
      return plain(200, { 'content-type': 'application/json' }, policy);
    },
  },

  DeleteBucketPolicy: {
    name: 'DeleteBucketPolicy',
    changesBucket: true,
    act(request) {
      ownBucket(request).policy = undefined;
      return plain(204);
    },
  },
} satisfies Record<string, S3Operation>;
