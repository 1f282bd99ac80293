import type { WaitContext } from '../../core/async/poll.js';
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

/**
 * Changes the tags of one upload, and keeps those of others. S3 replaces all tags at once and has no condition for it, so
 * the result is read again. Without versions, what is tagged may have been uploaded meanwhile: then its tags are restored.
 *
 * @returns `replaced` when the upload is not what the bucket has any more
 * @throws AppsctlError CONFLICT when others keep changing the tags; the errors of the bucket
 */
export async function tagUpload(
  context: TaggingContext,
  upload: Upload,
  change: TagChange,
): Promise<'tagged' | 'replaced'> {
  const { bundles, clock } = context;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await clock.sleep(Math.random() * MAX_PAUSE_MS);
    if (!(await isCurrent(bundles, upload))) return 'replaced';
    const before = await bundles.readTags(upload.key, upload.versionId);
    if (before === undefined) return 'replaced';
    const changed = change(before.tags);
    if (!isSame(changed, before.tags) && !(await bundles.writeTags(upload, changed))) return 'replaced';
    if (!(await isCurrent(bundles, upload))) {
      await restoreTags(bundles, upload, before.tags, changed);
      return 'replaced';
    }
    if (await isTagged(bundles, upload, change)) return 'tagged';
  }
  throw new AppsctlError('CONFLICT', `others keep changing the tags of s3://${bundles.name}/${upload.key}`, {
    hint: ({ again }) => `${again} later`,
  });
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

/** A version stays what it is. */
async function isCurrent(bundles: BundleBucket, { key, etag, versionId }: Upload): Promise<boolean> {
  return versionId !== undefined || (await bundles.currentEtag(key)) === etag;
}

/**
 * An upload that came meanwhile has lost the tags, unless it came before they were written. Then it must not seem to be
 * what was deployed.
 */
async function restoreTags(
  bundles: BundleBucket,
  { key }: Upload,
  before: ObjectTags,
  changed: ObjectTags,
): Promise<void> {
  const current = await bundles.readTags(key);
  if (current === undefined || !isSame(current.tags, changed)) return;
  const names = [...changed.keys()].filter((name) => changed.get(name) !== before.get(name));
  const tags = new Map([...current.tags].filter(([name]) => !names.includes(name)));
  await bundles.writeTags({ key, versionId: current.versionId }, tags);
}

function isSame(a: ObjectTags, b: ObjectTags): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}
