import type { Account } from './account.js';
import { AwsError } from './errors.js';
import type { Caller } from './exchange.js';
import { type FunctionCode, readFunctionCode } from './function-archive.js';
import { invalid, type LambdaBody, text } from './lambda-settings.js';

/** The fields of a request that say where its code is. */
export const CODE = ['ZipFile', 'S3Bucket', 'S3Key'];

/** Reads the code of a request: the archive itself, or from S3 with the rights of the caller. */
export async function readCode(account: Account, body: LambdaBody, caller: Caller): Promise<FunctionCode> {
  const [zip, bucketName, key] = [text(body, 'ZipFile'), text(body, 'S3Bucket'), text(body, 'S3Key')];
  if (
    (zip === undefined) === (bucketName === undefined) ||
    (bucketName === undefined) !== (key === undefined)
  ) {
    throw invalid('Please provide a source for function code.');
  }
  if (zip !== undefined) return readFunctionCode(Buffer.from(zip, 'base64'));
  if (!caller.allows({ action: 's3:GetObject', resource: account.s3Arn(`${bucketName}/${key}`) })) {
    throw new AwsError(
      403,
      'AccessDeniedException',
      `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${bucketName}/${key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied`,
    );
  }
  const bucket = account.buckets.get(bucketName ?? '');
  if (bucket === undefined) throw s3Error('NoSuchBucket', 'The specified bucket does not exist');
  if (bucket.region !== account.region) {
    throw s3Error(
      'PermanentRedirect',
      `The bucket is in this region: ${bucket.region}. Please use this region to retry the request`,
    );
  }
  const object = bucket.objects.get(key ?? '');
  if (object === undefined) throw s3Error('NoSuchKey', 'The specified key does not exist.');
  return readFunctionCode(object.bytes);
}

function s3Error(code: string, message: string): AwsError {
  return invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
}
