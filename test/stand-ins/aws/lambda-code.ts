import type { Account } from './account.js';
import { AwsError } from './errors.js';
import type { Caller } from './exchange.js';
import { type FunctionCode, readFunctionCode } from './function-archive.js';
import { invalid, type LambdaBody, text } from './lambda-settings.js';
import { keyPermission } from './s3-encryption.js';
import type { StoredObject } from './s3-model.js';
import { findVersion, isDeleteMarker } from './s3-versions.js';

/** The fields of a request that locate its code. */
export const CODE = ['ZipFile', 'S3Bucket', 'S3Key', 'S3ObjectVersion'];

interface CodeLocation {
  bucket: string;
  key: string;
  /** Undefined for the current version. */
  version: string | undefined;
}

/** Reads the code of a request: the archive itself, or from S3 with the permissions of the caller. */
export async function readCode(account: Account, body: LambdaBody, caller: Caller): Promise<FunctionCode> {
  const [zip, bucket, key] = [text(body, 'ZipFile'), text(body, 'S3Bucket'), text(body, 'S3Key')];
  if (zip !== undefined && bucket === undefined && key === undefined) {
    return readFunctionCode(Buffer.from(zip, 'base64'));
  }
  if (zip !== undefined || bucket === undefined || key === undefined) {
    throw invalid('Please provide a source for function code.');
  }
  const location: CodeLocation = { bucket, key, version: text(body, 'S3ObjectVersion') };
  findObject(account, location, caller);
  // On AWS, time passes between the check and the read.
  await account.lambda.whileCodeIsRead(location);
  return readFunctionCode(findObject(account, location, caller).bytes);
}

function findObject(account: Account, location: CodeLocation, caller: Caller): StoredObject {
  const { bucket: name, key, version } = location;
  const action = version === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  if (!caller.allows({ action, resource: account.s3Arn(`${name}/${key}`) })) {
    throw denied(action, location, 'Access Denied');
  }
  const bucket = account.buckets.get(name);
  if (bucket === undefined) throw s3Error('NoSuchBucket', 'The specified bucket does not exist');
  if (bucket.region !== account.region) {
    throw s3Error(
      'PermanentRedirect',
      `The bucket is in this region: ${bucket.region}. Please use this region to retry the request`,
    );
  }
  const object = version === undefined ? bucket.objects.get(key) : findVersion(bucket, key, version);
  if (object !== undefined && !isDeleteMarker(object)) {
    const permission = keyPermission(account, object.encryption, 'kms:Decrypt');
    const refusal = permission && caller.refusal(permission);
    if (refusal !== undefined) throw denied(action, location, refusal);
    return object;
  }
  throw version === undefined
    ? s3Error('NoSuchKey', 'The specified key does not exist.')
    : s3Error('NoSuchVersion', 'The specified version does not exist.');
}

function denied(action: string, { bucket, key }: CodeLocation, message: string): AwsError {
  return new AwsError(
    403,
    'AccessDeniedException',
    `Your access has been denied by S3, please make sure your request credentials have permission to ${action.slice('s3:'.length)} for ${bucket}/${key}. S3 Error Code: AccessDenied. S3 Error Message: ${message}`,
  );
}

function s3Error(code: string, message: string): AwsError {
  return invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
}
