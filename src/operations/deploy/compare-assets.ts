import { createHash } from 'node:crypto';
import type { OpenBundle } from '../../bundle/open-bundle.js';
import { mapConcurrent, Semaphore } from '../../core/async/concurrency.js';
import type { BundleAsset, BundleEntry } from '../../core/bundle/bundle.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import { isMd5, type ObjectDigest } from '../../core/deploy/stored-object.js';
import type { ObjectStore } from '../../core/ports/s3.js';

/** Requests at the same time. */
const CONCURRENT_REQUESTS = 64;
/** Bytes of assets that are in memory at the same time. */
const MEMORY = new Semaphore(64 * 1024 * 1024);

/**
 * Finds the objects whose content is that of the bundle although their ETags do not show it: those of buckets that are
 * encrypted with a KMS key, or that were uploaded in parts. S3 is asked only about objects of the right size; and about
 * one alone, if that shows that ETags are digests.
 *
 * @param digests MD5 in hex by asset key
 * @param stored what is in the bucket
 * @returns their keys
 */
export async function findIdenticalAssets(
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
  const same = new Set<string>();
  const compare = async ({ key, entry }: BundleAsset): Promise<ObjectDigest | undefined> => {
    const digest = await bucket.digest(key);
    // What has no SHA-256, which appsctl gives S3 with each object, is uploaded once again.
    if (digest?.sha256Base64 !== undefined && digest.sha256Base64 === (await sha256Of(bundle, entry)))
      same.add(key);
    return digest;
  };
  const looksLikeMd5 = ({ key }: BundleAsset): boolean => isMd5(byKey.get(key)?.etag);
  const sample = doubtful.find(looksLikeMd5);
  // An object that is the same although its ETag is not its MD5 shows the contrary, whatever S3 says.
  const areDigests =
    sample !== undefined && (await compare(sample))?.isEtagMd5 === true && !same.has(sample.key);
  const others = doubtful.filter((asset) => asset !== sample && !(areDigests && looksLikeMd5(asset)));
  await mapConcurrent(others, CONCURRENT_REQUESTS, compare);
  return same;
}

function sha256Of(bundle: OpenBundle, entry: BundleEntry): Promise<string> {
  return MEMORY.run(entry.size, async () =>
    createHash('sha256')
      .update(await bundle.read(entry))
      .digest('base64'),
  );
}
