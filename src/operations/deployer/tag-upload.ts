import type { WaitContext } from '../../core/async/poll.js';
import { isStateTag } from '../../core/deployer/bundle-state.js';
import type { ObjectTags, Upload } from '../../core/deployer/upload.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { BundleBucket } from '../../core/ports/bundle-bucket.js';
import { SECOND } from '../../core/units.js';

/** Others may change the tags between our read and our write so often. */
const MAX_ATTEMPTS = 5;
const MAX_PAUSE_MS = SECOND;

/** What tagging needs. */
export interface TaggingContext extends Pick<WaitContext, 'clock'> {
  readonly bundles: BundleBucket;
}

/** Returns the tags with ours; given its own result, the same tags. */
export type TagChange = (tags: ObjectTags) => ObjectTags;

/** What has become of tags: `unverified` were written, and may have been removed again. */
export type TagOutcome = 'tagged' | 'unverified' | 'replaced';

/**
 * Changes the tags of one upload, and keeps those of others. S3 replaces all tags at once and has no condition for it, so
 * the result is read again. Without versions, another upload may have come immediately before the tags were written: then
 * it loses those that say that it was deployed or has failed.
 *
 * @returns `replaced` when the upload is not what the bucket has any more
 * @throws AppsctlError CONFLICT when others keep changing the tags; the errors of the bucket
 */
export async function tagUpload(
  context: TaggingContext,
  upload: Upload,
  change: TagChange,
): Promise<TagOutcome> {
  const { bundles, clock } = context;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await clock.sleep(Math.random() * MAX_PAUSE_MS);
    const before = await bundles.readTags(upload.key, upload.versionId);
    // Between the read and the write, so that the tags that were read are those of this upload.
    if (before === undefined || !(await isCurrent(bundles, upload))) return 'replaced';
    const changed = change(before.tags);
    if (isSame(changed, before.tags)) return 'tagged';
    if (!(await bundles.writeTags(upload, changed))) return 'replaced';
    const outcome = await verifyTags(bundles, upload, change, changed);
    if (outcome !== undefined) return outcome;
  }
  throw new AppsctlError('CONFLICT', `others keep changing the tags of s3://${bundles.name}/${upload.key}`, {
    hint: ({ again }) => `${again} later`,
  });
}

/** @returns undefined when another one has removed what was written */
async function verifyTags(
  bundles: BundleBucket,
  upload: Upload,
  change: TagChange,
  written: ObjectTags,
): Promise<TagOutcome | undefined> {
  try {
    if (!(await isCurrent(bundles, upload))) {
      await untagOther(bundles, upload.key, written);
      return 'replaced';
    }
    return (await isTagged(bundles, upload, change)) ? 'tagged' : undefined;
  } catch (error) {
    if (!AppsctlError.is(error)) throw error;
    return 'unverified';
  }
}

/** Whether an upload has the tags; also when it does not exist any more. */
export async function isTagged(
  bundles: BundleBucket,
  { key, versionId }: Upload,
  change: TagChange,
): Promise<boolean> {
  const after = await bundles.readTags(key, versionId);
  return after === undefined || isSame(change(after.tags), after.tags);
}

/** What has become of an upload. A version stays what it is until it is removed. */
export async function findUpload(
  bundles: BundleBucket,
  { key, etag, versionId }: Upload,
): Promise<'current' | 'replaced' | 'removed'> {
  if (versionId !== undefined)
    return (await bundles.readTags(key, versionId)) === undefined ? 'removed' : 'current';
  const current = await bundles.currentEtag(key);
  if (current === undefined) return 'removed';
  return current === etag ? 'current' : 'replaced';
}

async function isCurrent(bundles: BundleBucket, upload: Upload): Promise<boolean> {
  // Saves a request for versions, whose tags are read anyway.
  return upload.versionId !== undefined || (await findUpload(bundles, upload)) === 'current';
}

/**
 * Removes from an upload, if it was there before our tags were written, what these say of the one before it: no deployer of
 * any environment must take it for what was deployed.
 */
async function untagOther(bundles: BundleBucket, key: string, written: ObjectTags): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const current = await bundles.readTags(key);
    if (current === undefined) return;
    const { tags, versionId } = current;
    const own = new Map(
      [...tags].filter(([name, value]) => !isStateTag(name) || written.get(name) !== value),
    );
    if (isSame(own, tags)) return;
    await bundles.writeTags({ key, versionId }, own);
  }
}

function isSame(a: ObjectTags, b: ObjectTags): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}
