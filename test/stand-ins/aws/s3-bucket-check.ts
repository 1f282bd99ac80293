import type { Account } from './account.js';
import { AwsError } from './errors.js';
import { header } from './exchange.js';
import type { Bucket } from './s3-model.js';
import { existingBucket, noSuchBucket, type S3Request } from './s3-request.js';
import { readAuthorization } from './signature.js';

/** What S3 checks before permissions: whether the bucket exists, its region and its owner. */
export function checkBucket(request: S3Request): void {
  const { account, call } = request;
  if (call.putsAtOnce > account.s3.slowDownAbove) {
    throw new AwsError(503, 'SlowDown', 'Please reduce your request rate.');
  }
  const bucket = existingBucket(request);
  if (bucket.missingRequests > 0) {
    bucket.missingRequests--;
    throw noSuchBucket(bucket.name);
  }
  // All regions have the same endpoint here: the region of the signature stands for that of the endpoint.
  const asked = readAuthorization(call)?.region ?? account.region;
  if (bucket.region !== asked) throw elsewhere(account, bucket);
  checkOwner(request, bucket);
}

function checkOwner({ call }: S3Request, bucket: Bucket): void {
  const expected = header(call, 'x-amz-expected-bucket-owner');
  if (expected === undefined) return;
  if (!/^\d{12}$/.test(expected)) {
    throw new AwsError(
      400,
      'InvalidBucketOwnerAWSAccountID',
      'The value of the expected bucket owner parameter must be an AWS account ID',
      { Value: expected },
    );
  }
  if (expected !== bucket.owner) throw new AwsError(403, 'AccessDenied', 'Access Denied');
}

/** Opt-in regions answer with the second error. */
function elsewhere(account: Account, { name, region }: Bucket): AwsError {
  const headers = { 'x-amz-bucket-region': region };
  if (account.s3.otherRegion === 'IllegalLocationConstraintException') {
    const message = `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`;
    return new AwsError(400, account.s3.otherRegion, message, {}, headers);
  }
  if (account.s3.otherRegion === 'AuthorizationHeaderMalformed') {
    const message = `The authorization header is malformed; the region '${account.region}' is wrong; expecting '${region}'`;
    return new AwsError(400, account.s3.otherRegion, message, { Region: region });
  }
  return new AwsError(
    301,
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    { Endpoint: `${name}.s3.${region}.amazonaws.com`, Bucket: name },
    headers,
  );
}
