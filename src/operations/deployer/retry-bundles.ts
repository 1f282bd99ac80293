import { throwIfAborted } from '../../core/async/clock.js';
import type { WaitContext } from '../../core/async/poll.js';
import { failedTag, untagFailed } from '../../core/deployer/bundle-state.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { BundleBucket } from '../../core/ports/bundle-bucket.js';
import { readBundles } from './read-bundles.js';
import type { DeployerSettings } from './settings.js';
import { tagUpload } from './tag-upload.js';

/** What became of a bundle that is to be tried again. */
export interface RetriedBundle {
  readonly key: string;
  /** `reset`: the next pass tries it as a new one; `unchanged`: it has not failed. */
  readonly outcome: 'reset' | 'unchanged';
}

/**
 * Lets the next pass try bundles again that have failed, as if they were new.
 *
 * @param keys of the bundles; `all` for those that have failed
 * @param beforeChanges called once all bundles are known to exist; what it throws ends it
 * @throws AppsctlError NOT_FOUND naming every key that does not exist, before anything is changed; CONFLICT when others
 *   keep changing the tags; INTERRUPTED; the errors of the bucket
 */
export async function retryBundles(
  bundles: BundleBucket,
  settings: Pick<DeployerSettings, 'prefix' | 'environment'>,
  keys: readonly string[] | 'all',
  { clock, signal }: Pick<WaitContext, 'clock' | 'signal'>,
  beforeChanges: () => void = () => {},
): Promise<RetriedBundle[]> {
  const { environment } = settings;
  const chosen = keys === 'all' ? await findFailed(bundles, settings, signal) : [...new Set(keys)];
  const states = [];
  for (const key of chosen) {
    throwIfAborted(signal);
    const [version, etag] = await Promise.all([bundles.readTags(key), bundles.currentEtag(key)]);
    states.push({ key, version, etag });
  }
  const missing = states.filter(({ version, etag }) => version === undefined || etag === undefined);
  if (missing.length > 0)
    throw missingBundles(
      bundles.name,
      missing.map(({ key }) => key),
    );
  beforeChanges();
  const retried: RetriedBundle[] = [];
  for (const { key, version, etag = '' } of states) {
    throwIfAborted(signal);
    const hasFailed = version?.tags.has(failedTag(environment)) === true;
    const upload = { key, etag, versionId: version?.versionId };
    if (hasFailed) await tagUpload({ bundles, clock }, upload, (tags) => untagFailed(tags, environment));
    retried.push({ key, outcome: hasFailed ? 'reset' : 'unchanged' });
  }
  return retried;
}

async function findFailed(
  bucket: BundleBucket,
  settings: Pick<DeployerSettings, 'prefix' | 'environment'>,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { bundles } = await readBundles(bucket, settings, signal);
  return bundles.filter(({ failure }) => failure !== undefined).map(({ key }) => key);
}

/** @param keys those that do not exist, at least one */
function missingBundles(bucket: string, keys: readonly string[]): AppsctlError {
  const [first, ...others] = keys;
  if (first !== undefined && others.length === 0) {
    return new AppsctlError('NOT_FOUND', `s3://${bucket}/${first} does not exist`, {
      hint: 'check the key; case matters',
    });
  }
  return new AppsctlError('NOT_FOUND', `${keys.length} bundles do not exist in bucket ${bucket}`, {
    items: keys,
    hint: 'check the keys; case matters',
  });
}
