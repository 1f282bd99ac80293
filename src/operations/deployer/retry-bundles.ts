import { throwIfAborted } from '../../core/async/clock.js';
import type { WaitContext } from '../../core/async/poll.js';
import { failedTag, untagFailed } from '../../core/deployer/bundle-state.js';
import type { BundleBucket } from '../../core/ports/bundle-bucket.js';
import { readBundles } from './read-bundles.js';
import type { DeployerSettings } from './settings.js';
import { tagUpload } from './tag-upload.js';
import { type KeyProblem, unknownKeys } from './unknown-keys.js';

/** What became of a bundle that is to be tried again. */
export interface RetriedBundle {
  readonly key: string;
  /** `reset`: the next pass tries it as a new one; `unchanged`: it has not failed. */
  readonly outcome: 'reset' | 'unchanged';
}

const MISSING: KeyProblem = {
  one: 'does not exist',
  several: 'bundles do not exist',
  hint: 'check the key; case matters',
};

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
  if (missing.length > 0) {
    const keys = missing.map(({ key }) => key);
    throw unknownKeys(bundles.name, keys, MISSING);
  }
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
