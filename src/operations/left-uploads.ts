import type { AppBundle } from '../core/app-bundle/bundle.js';
import { isLeftUpload, MAX_DIRECT_BYTES, UPLOAD_PREFIX } from '../core/archive-uploads.js';
import { allSettled, mapParallel } from '../core/parallel.js';
import type { UnfinishedUpload, UploadStore } from '../core/ports.js';
import type { ProcessIdentity } from '../core/process-identity.js';
import { unlessDenied } from './unless-denied.js';

/** Requests at the same time. */
const CONCURRENT_REMOVALS = 8;

/** Archives that killed deployments have left in the bucket, whole and in parts. */
export interface LeftUploads {
  readonly keys: readonly string[];
  readonly unfinished: readonly UnfinishedUpload[];
}

const NOTHING: LeftUploads = { keys: [], unfinished: [] };

/**
 * Looks for archives that deployments on this machine uploaded and, being killed, did not remove. Those of other machines
 * are left to the bucket's lifecycle rules. Bundles with small archives only upload none, so nothing is looked for.
 */
export async function findLeftUploads(
  { functions }: AppBundle,
  bucket: UploadStore,
  process: ProcessIdentity,
): Promise<LeftUploads> {
  if (functions.every(({ archive }) => archive.size <= MAX_DIRECT_BYTES)) return NOTHING;
  const [objects, unfinished] = await allSettled(
    bucket.list(UPLOAD_PREFIX),
    // Who may not see them leaves them to the lifecycle rules.
    unlessDenied(bucket.listUnfinished(UPLOAD_PREFIX)),
  );
  const isLeft = ({ key }: { readonly key: string }): boolean => isLeftUpload(key, process);
  return { keys: objects.filter(isLeft).map(({ key }) => key), unfinished: unfinished?.filter(isLeft) ?? [] };
}

/** Removes what was found. What we may not remove is left to the lifecycle rules. */
export async function removeLeftUploads(
  bucket: UploadStore,
  { keys, unfinished }: LeftUploads,
): Promise<void> {
  await mapParallel(keys, CONCURRENT_REMOVALS, (key) => bucket.remove(key));
  await mapParallel(unfinished, CONCURRENT_REMOVALS, (upload) => unlessDenied(bucket.abort(upload)));
}
