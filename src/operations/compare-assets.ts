import { createHash } from 'node:crypto';
import type { OpenBundle } from '../bundle/open-bundle.js';
import type { BundleAsset } from '../core/app-bundle/bundle.js';
import { Budget, mapParallel } from '../core/parallel.js';
import type { ObjectStore, StoredObject } from '../core/ports.js';

/** Requests at the same time. */
const CONCURRENT_REQUESTS = 64;
/** Bytes of assets that are in memory at the same time. */
const MEMORY = new Budget(64 * 1024 * 1024);

/**
 * Finds the objects whose content is that of the bundle although their ETags do not show it: those of buckets that are
 * encrypted with a KMS key, or that were uploaded in parts. S3 is asked only about objects of the right size.
 *
 * @param digests MD5 in hex by asset key
 * @param stored what is in the bucket
 * @returns their keys
 */
export async function findSameAssets(
  bundle: OpenBundle,
  digests: ReadonlyMap<string, string>,
  stored: readonly StoredObject[],
  bucket: ObjectStore,
): Promise<ReadonlySet<string>> {
  const byKey = new Map(stored.map((object) => [object.key, object]));
  const doubtful = bundle.assets.filter(({ key, entry }) => {
    const object = byKey.get(key);
    return object !== undefined && object.size === entry.size && object.etag !== digests.get(key);
  });
  const same = await mapParallel(doubtful, CONCURRENT_REQUESTS, (asset) => isSame(bundle, asset, bucket));
  return new Set(doubtful.filter((_, index) => same[index]).map(({ key }) => key));
}

/** Compares by SHA-256 only, which appsctl gives S3 with each object: what has none is uploaded once again. */
async function isSame(
  bundle: OpenBundle,
  { key, entry }: BundleAsset,
  bucket: ObjectStore,
): Promise<boolean> {
  const sha256 = await bucket.sha256(key);
  if (sha256 === undefined) return false;
  return MEMORY.use(entry.size, async () => {
    const hash = createHash('sha256').update(await bundle.read(entry));
    return hash.digest('base64') === sha256;
  });
}
