import { randomBytes } from 'node:crypto';
import type { Account } from './account.js';
import { AwsError, notImplemented } from './errors.js';
import { type Caller, type ConditionContext, header, type Permission, queryValue } from './exchange.js';
import { readPayload } from './payload.js';
import type { Bucket, Encryption } from './s3-model.js';
import {
  existingBucket,
  malformedXml,
  plain,
  type S3Operation,
  type S3Request,
  xmlAnswer,
  xmlBody,
} from './s3-request.js';
import { childText, type XmlElement } from './xml.js';

const HEADER = 'x-amz-server-side-encryption';
const KEY_HEADER = `${HEADER}-aws-kms-key-id`;
const BUCKET_KEY_HEADER = `${HEADER}-bucket-key-enabled`;

/** The AWS managed key for S3, which all users of the account can use. */
const MANAGED_KEY = 'alias/aws/s3';
const MANAGED_KEY_ID = '4fd1a8a4-3d3f-4f5c-9f53-7a6f4d0a5b1e';

function readAlgorithm(text: string): Encryption['algorithm'] {
  if (text === 'AES256' || text === 'aws:kms' || text === 'aws:kms:dsse') return text;
  if (text === 'aws:fsx' || text === 'aws:backup') throw notImplemented(`server-side encryption ${text}`);
  throw new AwsError(
    400,
    'InvalidEncryptionAlgorithmError',
    'The encryption request you specified is not valid. Supported value: AES256.',
  );
}

/** The encryption of a new object: as requested, or else that of the bucket. */
export function requestedEncryption({ call }: S3Request, bucket: Bucket): Encryption {
  if (header(call, `${HEADER}-context`) !== undefined) throw notImplemented('an encryption context');
  const named = header(call, HEADER);
  const keyId = header(call, KEY_HEADER);
  if (named === undefined && keyId === undefined) return bucket.encryption;
  const algorithm = readAlgorithm(named ?? 'AES256');
  if (keyId !== undefined && algorithm === 'AES256') {
    throw new AwsError(
      400,
      'InvalidArgument',
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      { ArgumentName: HEADER, ArgumentValue: named ?? 'null' },
    );
  }
  const bucketKey = header(call, BUCKET_KEY_HEADER) ?? String(bucket.encryption.bucketKey);
  return { algorithm, keyId, bucketKey: algorithm === 'aws:kms' && bucketKey === 'true' };
}

/** The ARN of a customer managed key; undefined for keys of S3 and AWS, which need no permission. */
function customerKey(account: Account, { algorithm, keyId }: Encryption): string | undefined {
  if (algorithm === 'AES256' || keyId === undefined || keyId.endsWith(MANAGED_KEY)) return undefined;
  if (keyId.includes('alias/')) throw notImplemented('aliases of keys');
  return keyId.startsWith('arn:') ? keyId : keyArn(account, keyId);
}

function keyArn({ partition, region, accountId }: Account, id: string): string {
  return `arn:${partition}:kms:${region}:${accountId}:key/${id}`;
}

/** The permission for the key that is needed through S3, if any. */
export function keyPermission(
  account: Account,
  encryption: Encryption,
  action: 'kms:GenerateDataKey' | 'kms:Decrypt',
): Permission | undefined {
  const resource = customerKey(account, encryption);
  const context = { 'kms:viaservice': `s3.${account.region}.amazonaws.com` };
  return resource === undefined ? undefined : { action, resource, context };
}

export function demandKey(
  account: Account,
  caller: Caller,
  encryption: Encryption,
  action: 'kms:GenerateDataKey' | 'kms:Decrypt',
): void {
  const permission = keyPermission(account, encryption, action);
  if (permission !== undefined) caller.demand(permission);
}

/** The response headers that describe how an object is encrypted. */
export function encryptionHeaders(account: Account, encryption: Encryption): Record<string, string> {
  if (encryption.algorithm === 'AES256') return { [HEADER]: 'AES256' };
  return {
    [HEADER]: encryption.algorithm,
    [KEY_HEADER]: customerKey(account, encryption) ?? keyArn(account, MANAGED_KEY_ID),
    ...(encryption.bucketKey && { [BUCKET_KEY_HEADER]: 'true' }),
  };
}

/** The ETag of content: its MD5, unless KMS encrypts it. */
export function entityTag({ algorithm }: Encryption, md5: () => string): string {
  return algorithm === 'AES256' ? md5() : randomBytes(16).toString('hex');
}

/** The condition keys about encryption; a part has those of its upload. */
export function encryptionContext({ account, call, bucketName }: S3Request): ConditionContext {
  const uploadId = queryValue(call, 'uploadId');
  if (uploadId !== undefined) {
    return account.buckets.get(bucketName)?.uploads.get(uploadId)?.encryptionContext ?? {};
  }
  const context: Record<string, string> = {};
  for (const name of [HEADER, KEY_HEADER]) {
    const value = header(call, name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  return context;
}

function readRule(configuration: XmlElement): Encryption {
  const [rule, ...others] = configuration.children.filter((child) => child.name === 'Rule');
  const given = rule?.children.find((child) => child.name === 'ApplyServerSideEncryptionByDefault');
  const named = given && childText(given, 'SSEAlgorithm');
  if (rule === undefined || given === undefined || named === undefined || others.length > 0)
    throw malformedXml();
  if (rule.children.some((child) => child.name === 'BlockedEncryptionTypes')) {
    throw notImplemented('blocked types of encryption');
  }
  const algorithm = readAlgorithm(named);
  const keyId = childText(given, 'KMSMasterKeyID');
  if (keyId !== undefined && algorithm === 'AES256') {
    throw new AwsError(
      400,
      'InvalidArgument',
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      { ArgumentName: 'KMSMasterKeyID' },
    );
  }
  return { algorithm, keyId, bucketKey: childText(rule, 'BucketKeyEnabled') === 'true' };
}

export const encryptionOperations = {
  GetBucketEncryption: {
    name: 'GetBucketEncryption',
    action: 's3:GetEncryptionConfiguration',
    act(request) {
      const { algorithm, keyId, bucketKey } = existingBucket(request).encryption;
      return xmlAnswer('ServerSideEncryptionConfiguration', {
        Rule: {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId },
          BucketKeyEnabled: bucketKey,
        },
      });
    },
  },

  PutBucketEncryption: {
    name: 'PutBucketEncryption',
    action: 's3:PutEncryptionConfiguration',
    changesBucket: true,
    act(request) {
      existingBucket(request).encryption = readRule(xmlBody(readPayload(request.call).bytes));
      return plain(200);
    },
  },

  DeleteBucketEncryption: {
    name: 'DeleteBucketEncryption',
    action: 's3:PutEncryptionConfiguration',
    changesBucket: true,
    act(request) {
      existingBucket(request).encryption = { algorithm: 'AES256', keyId: undefined, bucketKey: false };
      return plain(204);
    },
  },
} satisfies Record<string, S3Operation>;
