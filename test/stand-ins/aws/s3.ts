import type { Account } from './account.js';
import { notImplemented } from './errors.js';
import type { Answer, Caller, IncomingCall, Operation } from './exchange.js';
import { bucketAccessOperations } from './s3-bucket-access.js';
import { checkBucket } from './s3-bucket-check.js';
import { bucketOperations } from './s3-buckets.js';
import { deletionOperations } from './s3-deletions.js';
import { encryptionContext, encryptionOperations } from './s3-encryption.js';
import { lifecycleOperations } from './s3-lifecycle.js';
import { listContext, listingOperations } from './s3-listing.js';
import { multipartOperations } from './s3-multipart.js';
import { objectReadOperations } from './s3-object-reads.js';
import { objectOperations } from './s3-objects.js';
import { arnOf, type S3Operation, type S3Request, splitPath } from './s3-request.js';
import { taggingOperations } from './s3-tagging.js';
import { versionListingOperations } from './s3-version-listing.js';
import { versioningOperations } from './s3-versioning.js';

/** Query parameters that say nothing about which operation is meant. */
const NEUTRAL_PARAMETERS = new Set([
  'x-id',
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'continuation-token',
  'start-after',
  'encoding-type',
  'fetch-owner',
  'max-buckets',
  'bucket-region',
  'max-uploads',
  'upload-id-marker',
  'uploadId',
  'partNumber',
  'key-marker',
  'version-id-marker',
  'versionId',
]);

const BUCKET_OPERATIONS: Record<string, S3Operation | undefined> = {
  'PUT ': bucketOperations.CreateBucket,
  'HEAD ': bucketOperations.HeadBucket,
  'DELETE ': bucketOperations.DeleteBucket,
  'GET location': bucketOperations.GetBucketLocation,
  'PUT publicAccessBlock': bucketAccessOperations.PutPublicAccessBlock,
  'GET publicAccessBlock': bucketAccessOperations.GetPublicAccessBlock,
  'DELETE publicAccessBlock': bucketAccessOperations.DeletePublicAccessBlock,
  'PUT policy': bucketAccessOperations.PutBucketPolicy,
  'GET policy': bucketAccessOperations.GetBucketPolicy,
  'DELETE policy': bucketAccessOperations.DeleteBucketPolicy,
  'GET encryption': encryptionOperations.GetBucketEncryption,
  'PUT encryption': encryptionOperations.PutBucketEncryption,
  'DELETE encryption': encryptionOperations.DeleteBucketEncryption,
  'GET ownershipControls': bucketOperations.GetBucketOwnershipControls,
  'GET uploads': multipartOperations.ListMultipartUploads,
  'GET list-type': listingOperations.ListObjectsV2,
  'GET versions': versionListingOperations.ListObjectVersions,
  'GET versioning': versioningOperations.GetBucketVersioning,
  'PUT lifecycle': lifecycleOperations.PutBucketLifecycleConfiguration,
  'GET lifecycle': lifecycleOperations.GetBucketLifecycleConfiguration,
  'DELETE lifecycle': lifecycleOperations.DeleteBucketLifecycle,
  'PUT versioning': versioningOperations.PutBucketVersioning,
  'POST delete': deletionOperations.DeleteObjects,
};

const OBJECT_OPERATIONS: Record<string, S3Operation | undefined> = {
  'PUT ': objectOperations.PutObject,
  'GET ': objectReadOperations.GetObject,
  'HEAD ': objectReadOperations.HeadObject,
  'DELETE ': deletionOperations.DeleteObject,
  'POST uploads': multipartOperations.CreateMultipartUpload,
  'PUT partNumber': multipartOperations.UploadPart,
  'POST uploadId': multipartOperations.CompleteMultipartUpload,
  'DELETE uploadId': multipartOperations.AbortMultipartUpload,
  'GET tagging': taggingOperations.GetObjectTagging,
  'PUT tagging': taggingOperations.PutObjectTagging,
  'DELETE tagging': taggingOperations.DeleteObjectTagging,
};

/** Understands one request of S3's REST protocol, path style. */
export function s3Operation(account: Account, call: IncomingCall): Operation {
  const request: S3Request = { account, call, ...splitPath(call) };
  const operation = findOperation(request);
  const resource = request.bucketName === '' ? '*' : arnOf(request);
  const isAboutBucket = request.bucketName !== '' && operation !== bucketOperations.CreateBucket;
  const { action: named = `s3:${operation.name}` } = operation as S3Operation;
  const action = typeof named === 'string' ? named : named(request);
  return {
    service: 's3',
    name: operation.name,
    resource,
    reads: call.method === 'GET' || call.method === 'HEAD',
    ...(isAboutBucket && { bucket: request.bucketName, check: () => checkBucket(request) }),
    needs: [
      ...(action === ''
        ? []
        : [{ action, resource, context: { ...listContext(request), ...encryptionContext(request) } }]),
      ...(operation.needs?.(request) ?? []),
    ],
    act: (caller) =>
      operation.changesBucket === true
        ? changeBucket(operation, request, caller)
        : operation.act(request, caller),
  };
}

/** Runs an operation that changes a bucket, and stores the state before it. Objects are shared: they are never old. */
function changeBucket(operation: S3Operation, request: S3Request, caller: Caller): Answer {
  const { account, bucketName } = request;
  const before = account.snapshot('buckets');
  const bucket = account.buckets.get(bucketName);
  if (bucket !== undefined) before.buckets.set(bucketName, { ...bucket });
  const answer = operation.act(request, caller);
  account.remember(before);
  return answer;
}

function findOperation({ call, bucketName, key }: S3Request): S3Operation {
  const names = call.query.map(([name]) => name);
  const has = (name: string): boolean => names.includes(name);
  const subresource =
    names.find((name) => !NEUTRAL_PARAMETERS.has(name)) ??
    ['partNumber', 'uploadId'].find((name) => has(name) && key !== '') ??
    (has('list-type') && key === '' ? 'list-type' : '');
  const wanted = `${call.method} ${subresource}`;
  const found =
    bucketName === ''
      ? wanted === 'GET ' && bucketOperations.ListBuckets
      : (key === '' ? BUCKET_OPERATIONS : OBJECT_OPERATIONS)[wanted];
  if (found) return found;
  const meant = call.query.find(([name]) => name === 'x-id')?.[1];
  throw notImplemented(
    `the S3 operation ${meant ?? `${wanted.trim()} on ${key === '' ? 'a bucket' : 'an object'}`}`,
  );
}
