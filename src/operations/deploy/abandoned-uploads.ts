import { mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { AppBundle } from '../../core/bundle/bundle.js';
import { isAbandonedUpload, MAX_DIRECT_BYTES, UPLOAD_PREFIX } from '../../core/deploy/archive-uploads.js';
import type { UnfinishedUpload, UploadStore } from '../../core/ports/s3.js';
import { unlessDenied } from '../unless-denied.js';

/** Requests at the same time. */
const CONCURRENT_REMOVALS = 8;

/** Archives that killed deployments have left in the bucket, whole and in parts. */
export interface AbandonedUploads {
  readonly keys: readonly string[];
  readonly unfinished: readonly UnfinishedUpload[];
}

const NOTHING: AbandonedUploads = { keys: [], unfinished: [] };

/**
 * Looks for archives that deployments on this machine uploaded and, being killed, did not remove. Those of other machines
 * are left to the bucket's lifecycle rules. Bundles with small archives only upload none, so nothing is looked for.
 */
export async function findAbandonedUploads(
  { functions }: AppBundle,
  bucket: UploadStore,
  process: ProcessIdentity,
): Promise<AbandonedUploads> {
  if (functions.every(({ archive }) => archive.size <= MAX_DIRECT_BYTES)) return NOTHING;
  const [objects, unfinished] = await settleAll(
    bucket.list(UPLOAD_PREFIX),
    // Who may not see them leaves them to the lifecycle rules.
    unlessDenied(bucket.listUnfinished(UPLOAD_PREFIX)),
  );
  const isLeft = ({ key }: { readonly key: string }): boolean => isAbandonedUpload(key, process);
  return { keys: objects.filter(isLeft).map(({ key }) => key), unfinished: unfinished?.filter(isLeft) ?? [] };
}

/** Removes what was found. What we may not remove is left to the lifecycle rules. */
export async function removeAbandonedUploads(
  bucket: UploadStore,
  { keys, unfinished }: AbandonedUploads,
): Promise<void> {
  await mapConcurrent(keys, CONCURRENT_REMOVALS, (key) => bucket.remove(key));
  await mapConcurrent(unfinished, CONCURRENT_REMOVALS, (upload) => unlessDenied(bucket.abort(upload)));
}
