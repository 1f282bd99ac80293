import { throwIfAborted } from '../../core/async/clock.js';
import { CONCURRENT_REQUESTS, mapConcurrent } from '../../core/async/concurrency.js';
import { isAttemptDue, nextAttempt, readState } from '../../core/deployer/bundle-state.js';
import { compareUploads, isBundle } from '../../core/deployer/queue.js';
import type { BundleStatus } from '../../core/deployer/report.js';
import type { ListedBundle, ObjectTags, Upload } from '../../core/deployer/upload.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { BundleBucket } from '../../core/ports/bundle-bucket.js';
import { endsPass } from './failures.js';
import type { DeployerSettings } from './settings.js';
import { type KeyProblem, unknownKeys } from './unknown-keys.js';

/** A bundle of which the tags were read. */
export interface ReadBundle extends BundleStatus {
  readonly upload: Upload;
  readonly tags: ObjectTags;
}

/** A bundle of which the tags could not be read. */
export interface UnreadableBundle {
  readonly key: string;
  readonly uploadedAt: number;
  readonly error: AppsctlError;
}

/** The bundles of a bucket. */
export interface BundleList {
  /** The oldest first. */
  readonly bundles: readonly ReadBundle[];
  readonly unreadable: readonly UnreadableBundle[];
}

/**
 * Reads all bundles with their states.
 *
 * @throws AppsctlError the error of the bundles if none of them can be read, CREDENTIALS, INTERRUPTED; the errors of the
 *   bucket
 */
export async function readBundles(
  bucket: BundleBucket,
  { prefix, environment }: Pick<DeployerSettings, 'prefix' | 'environment'>,
  signal: AbortSignal | undefined,
): Promise<BundleList> {
  const listed: ListedBundle[] = [];
  await bucket.scan(prefix, (object) => {
    if (isBundle(object)) listed.push(object);
  });
  listed.sort(compareUploads);
  const bundles: ReadBundle[] = [];
  const unreadable: UnreadableBundle[] = [];
  const read = await mapConcurrent(listed, CONCURRENT_REQUESTS, (object) => {
    throwIfAborted(signal);
    return readBundle(bucket, object, environment);
  });
  for (const item of read) {
    if (item === undefined) continue;
    if ('error' in item) unreadable.push(item);
    else bundles.push(item);
  }
  const [first] = unreadable;
  // Not the fault of single objects: a permission is missing.
  if (first !== undefined && bundles.length === 0) throw first.error;
  return { bundles, unreadable };
}

/** @returns undefined when it was removed meanwhile */
async function readBundle(
  bucket: BundleBucket,
  { key, size, etag, uploadedAt }: ListedBundle,
  environment: string,
): Promise<ReadBundle | UnreadableBundle | undefined> {
  try {
    const version = await bucket.readTags(key);
    if (version === undefined) return undefined;
    const { tags, versionId } = version;
    const { state, failure } = readState(tags, environment);
    const nextAttemptAt = failure && nextAttempt(failure);
    return { key, size, uploadedAt, state, failure, nextAttemptAt, upload: { key, etag, versionId }, tags };
  } catch (error) {
    if (!AppsctlError.is(error) || endsPass(error)) throw error;
    return { key, uploadedAt, error };
  }
}

const NOT_AMONG: KeyProblem = {
  one: 'is none of the bundles',
  several: 'keys are none of the bundles',
  hint: 'check the key and the prefix; case matters, and empty or archived objects are no bundles',
};

/**
 * Selects the bundles that are to be deployed now.
 *
 * @param bucket its name
 * @throws AppsctlError NOT_FOUND when one that is to be tried in any case does not exist
 */
export function selectDue(
  { bundles, unreadable }: BundleList,
  settings: Pick<DeployerSettings, 'forcedKeys'>,
  bucket: string,
  now: number,
): ReadBundle[] {
  const known = new Set([...bundles, ...unreadable].map(({ key }) => key));
  const missing = [...settings.forcedKeys].filter((key) => !known.has(key));
  if (missing.length > 0) throw unknownKeys(bucket, missing, NOT_AMONG);
  return bundles.filter((bundle) => isDue(bundle, settings, now));
}

/** Whether a bundle is to be deployed now. */
export function isDue(
  { key, state, nextAttemptAt }: BundleStatus,
  { forcedKeys }: Pick<DeployerSettings, 'forcedKeys'>,
  now: number,
): boolean {
  if (forcedKeys.has(key) || state === 'new') return true;
  return state === 'failed' && nextAttemptAt !== undefined && isAttemptDue(nextAttemptAt, now);
}
