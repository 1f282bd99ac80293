import type { Account } from './account.js';
import { AwsError } from './errors.js';
import { header, queryValue } from './exchange.js';
import { pageOf } from './paging.js';
import { readPayload } from './payload.js';
import { checkBucketName, checkLocation, checkSettings, tagsOf } from './s3-bucket-names.js';
import type { Bucket } from './s3-model.js';
import { newBucket } from './s3-new-bucket.js';
import { existingBucket, plain, type S3Operation, xmlAnswer } from './s3-request.js';

/** Throws unless it is this account's bucket in us-east-1, where creating it again succeeds for historical reasons. */
function refuseTaken(account: Account, { name, owner, region }: Bucket): void {
  const BucketName = name;
  if (owner !== account.accountId) {
    throw new AwsError(
      409,
      'BucketAlreadyExists',
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
      { BucketName },
    );
  }
  if (region === 'us-east-1' && account.region === region) return;
  throw new AwsError(
    409,
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
    { BucketName },
  );
}

export const bucketOperations = {
  ListBuckets: {
    name: 'ListBuckets',
    action: 's3:ListAllMyBuckets',
    act({ account, call }) {
      const asked = queryValue(call, 'max-buckets');
      const prefix = queryValue(call, 'prefix') ?? '';
      const page = pageOf(
        [...account.buckets.values()].filter(
          ({ name, owner }) => owner === account.accountId && name.startsWith(prefix),
        ),
        (bucket) => bucket.name,
        queryValue(call, 'continuation-token'),
        account.limit(asked === undefined ? undefined : Number(asked), 10_000),
      );
      return xmlAnswer('ListAllMyBucketsResult', {
        Owner: { ID: account.accountId },
        Buckets: {
          Bucket: page.items.map((bucket) => ({
            Name: bucket.name,
            CreationDate: bucket.created.toISOString(),
          })),
        },
        ContinuationToken: page.next,
      });
    },
  },

  CreateBucket: {
    name: 'CreateBucket',
    changesBucket: true,
    needs({ account, call, bucketName }) {
      const isTagged = tagsOf(readPayload(call).bytes).size > 0;
      return isTagged ? [{ action: 's3:TagResource', resource: account.s3Arn(bucketName) }] : [];
    },
    act({ account, call, bucketName }) {
      checkBucketName(account, bucketName, header(call, 'x-amz-bucket-namespace'));
      checkSettings(call);
      if (account.takesCreateConflict()) {
        throw new AwsError(
          409,
          'OperationAborted',
          'A conflicting conditional operation is currently in progress against this resource. Please try again.',
        );
      }
      checkLocation(account.region, readPayload(call).bytes);
      const existing = account.buckets.get(bucketName);
      if (existing !== undefined) {
        refuseTaken(account, existing);
        return plain(200, { location: `/${bucketName}` });
      }
      account.buckets.set(bucketName, {
        ...newBucket(account, bucketName),
        missingRequests: account.s3.missingRequests,
        tags: tagsOf(readPayload(call).bytes),
      });
      return plain(200, { location: `/${bucketName}` });
    },
  },

  HeadBucket: {
    name: 'HeadBucket',
    action: 's3:ListBucket',
    act(request) {
      existingBucket(request);
      return plain(200, { 'x-amz-bucket-region': request.account.region });
    },
  },

  DeleteBucket: {
    name: 'DeleteBucket',
    changesBucket: true,
    act(request) {
      const bucket = existingBucket(request);
      if (bucket.objects.size > 0 || bucket.versions.size > 0) {
        throw new AwsError(
          409,
          'BucketNotEmpty',
          bucket.versioning === undefined
            ? 'The bucket you tried to delete is not empty'
            : 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
          { BucketName: bucket.name },
        );
      }
      request.account.buckets.delete(bucket.name);
      return plain(204);
    },
  },

  GetBucketLocation: {
    name: 'GetBucketLocation',
    act(request) {
      existingBucket(request);
      const { region } = request.account;
      return xmlAnswer('LocationConstraint', region === 'us-east-1' ? '' : region);
    },
  },

  GetBucketOwnershipControls: {
    name: 'GetBucketOwnershipControls',
    act(request) {
      existingBucket(request);
      return xmlAnswer('OwnershipControls', { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } });
    },
  },
} satisfies Record<string, S3Operation>;
