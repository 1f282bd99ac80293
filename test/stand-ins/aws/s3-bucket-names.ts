/** What CreateBucket checks before it checks whether the name is available. */
import type { Account } from './account.js';
import { AwsError, notImplemented } from './errors.js';
import type { IncomingCall } from './exchange.js';
import { xmlBody } from './s3-request.js';
import { childText } from './xml.js';

/** Names with this ending belong to the account and region in it. */
const ACCOUNT_REGIONAL = /-\d{12}-[a-z0-9-]+-an$/;

export function checkBucketName(account: Account, name: string, namespace: string | undefined): void {
  const good =
    /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(?:-s3alias|--ol-s3|--x-s3|--table-s3|\.mrap)$/.test(name);
  if (!good)
    throw new AwsError(400, 'InvalidBucketName', 'The specified bucket is not valid.', { BucketName: name });
  if (namespace !== 'account-regional') {
    if (!ACCOUNT_REGIONAL.test(name)) return;
    throw new AwsError(
      400,
      'MissingNamespaceHeader',
      'The requested bucket is an account-regional namespace bucket, but your request is missing the required x-amz-bucket-namespace header.',
    );
  }
  if (name.endsWith(`-${account.accountId}-${account.region}-an`)) return;
  throw new AwsError(
    400,
    'InvalidNamespaceHeader',
    'The requested bucket does not belong to the account-regional namespace of this account and region.',
  );
}

/** New buckets have no ACLs; other settings than the defaults are not supported. */
export function checkSettings({ headers }: Pick<IncomingCall, 'headers'>): void {
  const names = Object.keys(headers);
  if (names.some((name) => name === 'x-amz-acl' || name.startsWith('x-amz-grant-'))) {
    throw new AwsError(
      400,
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  }
  const ownership = headers['x-amz-object-ownership'] ?? 'BucketOwnerEnforced';
  if (ownership !== 'BucketOwnerEnforced') throw notImplemented(`the object ownership ${ownership}`);
  if (headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true') {
    throw notImplemented('buckets with Object Lock');
  }
}

/** The tags of a new bucket. */
export function tagsOf(body: Buffer): Map<string, string> {
  const list = body.length === 0 ? undefined : xmlBody(body).children.find(({ name }) => name === 'Tags');
  return new Map(list?.children.map((tag) => [childText(tag, 'Key') ?? '', childText(tag, 'Value') ?? '']));
}

/** us-east-1 is named by naming nothing, every other region by its name. */
export function checkLocation(region: string, body: Buffer): void {
  const configuration = body.length === 0 ? undefined : xmlBody(body);
  const other = configuration?.children.find(({ name }) => !/^(?:LocationConstraint|Tags)$/.test(name));
  if (other !== undefined) throw notImplemented(`${other.name} of a new bucket`);
  const constraint = configuration && childText(configuration, 'LocationConstraint');
  if (region === 'us-east-1' ? constraint === undefined : constraint === region) return;
  if (constraint === 'us-east-1' && region === constraint) {
    throw new AwsError(400, 'InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      LocationConstraint: constraint,
    });
  }
  throw new AwsError(
    400,
    'IllegalLocationConstraintException',
    `The ${constraint ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}
