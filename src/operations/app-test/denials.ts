import { type Check, check, failed, passed, type Subject, skipped } from '../../core/app-test/check.js';
import { LOCK_PREFIX, MANIFEST_PREFIX } from '../../core/aws/resource-names.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import type { FunctionCaller } from '../../core/ports/lambda.js';
import type { AppBucket } from './ports.js';

/** Names that nothing has: apps have two underscores in the names of their functions. */
const PROBE = 'appsctl-test';
/** No object has this ETag. */
const NO_ETAG = `"${'0'.repeat(32)}"`;

/** What the server must not be able to do. */
const DENIALS = {
  write: { id: 'write-denied', title: 'writing objects is denied' },
  locks: { id: 'locks-denied', title: 'reading locks is denied' },
  functions: { id: 'other-functions-denied', title: 'invoking functions of others is denied' },
} as const satisfies Readonly<Record<string, Subject>>;

/**
 * Checks that what the server does not need is denied.
 *
 * @param bucket undefined if it cannot be reached
 * @param owner how messages name whom the credentials belong to
 */
export function checkDenials(
  bucket: AppBucket | undefined,
  caller: FunctionCaller,
  owner: string,
): Promise<Check[]> {
  const unreachable = 'the bucket cannot be reached';
  return Promise.all([
    bucket === undefined ? skipped(DENIALS.write, unreachable) : checkWriteDenied(bucket, owner),
    bucket === undefined ? skipped(DENIALS.locks, unreachable) : checkLocksDenied(bucket, owner),
    checkFunctionsDenied(caller, owner),
  ]);
}

/** The checks of what must be denied, if the credentials do not work. */
export function skipDenials(reason: string): Check[] {
  return Object.values(DENIALS).map((subject) => skipped(subject, reason));
}

/**
 * Checks that writing is denied. The request can write nothing: S3 checks permissions first, and then If-Match, which no
 * object meets. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
function checkWriteDenied(bucket: AppBucket, owner: string): Promise<Check> {
  return check(DENIALS.write, async () => {
    const key = `${MANIFEST_PREFIX}${PROBE}`;
    const outcome = await unlessDenied(
      bucket.replaceIf(key, NO_ETAG, new Uint8Array()).then(() => 'allowed'),
    );
    if (outcome === undefined) return passed(DENIALS.write);
    const problem = `the key may write to ${bucket.name}: who has it could replace manifests`;
    return failed(DENIALS.write, problem, revoke('s3:PutObject', owner));
  });
}

/** Checks that invoking a function that belongs to no app is denied. Invokes nothing. */
function checkFunctionsDenied(caller: FunctionCaller, owner: string): Promise<Check> {
  return check(DENIALS.functions, async () => {
    if (!(await caller.mayInvoke(PROBE))) return passed(DENIALS.functions);
    const problem = 'the key may invoke functions that do not belong to an app';
    return failed(DENIALS.functions, problem, revoke('lambda:InvokeFunction on other functions', owner));
  });
}

/** Checks that reading what is neither a manifest nor an asset is denied. */
function checkLocksDenied(bucket: AppBucket, owner: string): Promise<Check> {
  return check(DENIALS.locks, async () => {
    const outcome = await unlessDenied(bucket.get(`${LOCK_PREFIX}${PROBE}`).then(() => 'allowed'));
    if (outcome === undefined) return passed(DENIALS.locks);
    const problem = `the key may read more of ${bucket.name} than manifests and assets`;
    return failed(DENIALS.locks, problem, revoke('s3:GetObject on other objects', owner));
  });
}

function revoke(permission: string, owner: string): Hint {
  return `remove ${permission} from the policies of ${owner}, or use the key of the server`;
}
