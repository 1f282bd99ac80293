import { createHash } from 'node:crypto';
import type { OpenBundle } from '../../bundle/open-bundle.js';
import { mapConcurrent, Semaphore } from '../../core/async/concurrency.js';
import type { BundleAsset, BundleEntry } from '../../core/bundle/bundle.js';
import { isMd5, type ObjectDigest, type StoredObject } from '../../core/deploy/stored-object.js';
import type { ObjectStore } from '../../core/ports/s3.js';
import { MIB } from '../../core/units.js';

const CONCURRENT_REQUESTS = 64;
/** Bytes of assets that are in memory while they are hashed. */
const ASSET_MEMORY = new Semaphore(64 * MIB);

/** The assets whose objects have another ETag and the same size, by key. */
export interface AssetComparison {
  /** Those whose content is equal. */
  readonly identicalAssets: ReadonlySet<string>;
  /** Those whose content may be equal: S3 has no checksum, or it cannot be read. */
  readonly uncertainAssets: ReadonlySet<string>;
}

/**
 * Compares assets of the bundle with objects whose ETags differ from their MD5: ETags are not digests in buckets encrypted
 * with a KMS key, nor after multipart uploads. S3 is asked only about objects of the same size, and about only one of them
 * if that one shows that ETags are digests.
 *
 * @param digests MD5 in hex by asset key
 * @param stored the objects in the bucket
 */
export async function compareAssets(
  bundle: OpenBundle,
  digests: ReadonlyMap<string, string>,
  stored: readonly StoredObject[],
  bucket: ObjectStore,
): Promise<AssetComparison> {
  const objects = new Map(stored.map((object) => [object.key, object]));
  const candidates = bundle.assets.filter(({ key, entry }) => {
    const object = objects.get(key);
    return object !== undefined && object.size === entry.size && object.etag !== digests.get(key);
  });
  const identical = new Set<string>();
  const uncertain = new Set<string>();
  const compare = async ({ key, entry }: BundleAsset): Promise<ObjectDigest | undefined> => {
    const digest = await bucket.digest(key);
    // An object without SHA-256 was not uploaded by appsctl; it is uploaded again.
    if (digest?.sha256Base64 === undefined) uncertain.add(key);
    else if (digest.sha256Base64 === (await readSha256(bundle, entry))) identical.add(key);
    return digest;
  };
  const hasMd5Form = ({ key }: BundleAsset): boolean => isMd5(objects.get(key)?.etag);
  const sample = candidates.find(hasMd5Form);
  // An identical object whose ETag is not its MD5 proves that ETags are not digests, whatever the service claims.
  const areEtagsDigests =
    sample !== undefined && (await compare(sample))?.isEtagMd5 === true && !identical.has(sample.key);
  const others = candidates.filter((asset) => asset !== sample && !(areEtagsDigests && hasMd5Form(asset)));
  await mapConcurrent(others, CONCURRENT_REQUESTS, compare);
  // Where ETags are digests, another ETag is other content.
  if (areEtagsDigests) for (const asset of candidates.filter(hasMd5Form)) uncertain.delete(asset.key);
  return { identicalAssets: identical, uncertainAssets: uncertain };
}

/** The SHA-256 of an entry's content, in base64. */
function readSha256(bundle: OpenBundle, entry: BundleEntry): Promise<string> {
  return ASSET_MEMORY.run(entry.size, async () =>
    createHash('sha256')
      .update(await bundle.read(entry))
      .digest('base64'),
  );
}
