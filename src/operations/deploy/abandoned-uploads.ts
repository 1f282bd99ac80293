import { mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import { UPLOAD_PREFIX } from '../../core/aws/resource-names.js';
import type { AppBundle } from '../../core/bundle/bundle.js';
import { isAbandonedUpload, MAX_DIRECT_BYTES } from '../../core/deploy/archive-uploads.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import type { UnfinishedUpload, UploadStore } from '../../core/ports/s3.js';

const CONCURRENT_REMOVALS = 8;

/** Function archives that killed deployments left in the bucket. */
export interface AbandonedUploads {
  readonly keys: readonly string[];
  /** Multipart uploads that were not completed. */
  readonly unfinished: readonly UnfinishedUpload[];
}

const NO_UPLOADS: AbandonedUploads = { keys: [], unfinished: [] };

/**
 * Finds the abandoned uploads of deployments on this machine; the bucket's lifecycle rules remove those of other machines.
 * Sends no request for a bundle with small archives only, because its deployment uploads none.
 */
export async function findAbandonedUploads(
  { functions }: AppBundle,
  bucket: UploadStore,
  process: ProcessIdentity,
): Promise<AbandonedUploads> {
  if (functions.every(({ archive }) => archive.size <= MAX_DIRECT_BYTES)) return NO_UPLOADS;
  const [objects, unfinished] = await settleAll(
    bucket.list(UPLOAD_PREFIX),
    // The lifecycle rules remove those that the deploy key is not allowed to list.
    unlessDenied(bucket.listUnfinished(UPLOAD_PREFIX)),
  );
  const isAbandoned = ({ key }: { readonly key: string }): boolean => isAbandonedUpload(key, process);
  return {
    keys: objects.filter(isAbandoned).map(({ key }) => key),
    unfinished: unfinished?.filter(isAbandoned) ?? [],
  };
}

/** Removes abandoned uploads, except multipart uploads that the deploy key is not allowed to abort. */
export async function removeAbandonedUploads(
  bucket: UploadStore,
  { keys, unfinished }: AbandonedUploads,
): Promise<void> {
  await mapConcurrent(keys, CONCURRENT_REMOVALS, (key) => bucket.remove(key));
  await mapConcurrent(unfinished, CONCURRENT_REMOVALS, (upload) => unlessDenied(bucket.abort(upload)));
}
