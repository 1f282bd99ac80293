import { CONCURRENT_REQUESTS, mapConcurrent } from '../../core/async/concurrency.js';
import { appNamePrefix, lambdaNamePrefix, manifestKey } from '../../core/aws/resource-names.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { type DeployedApp, readManifest } from './app-manifests.js';

/**
 * Lists the objects that may be manifests of apps with the same Lambda names: dots in app IDs and versions become dashes,
 * and app IDs, versions and function names may all contain underscores. Up to the first of these characters, the keys
 * are the same.
 */
export function listSimilarManifests(appId: string, bucket: ObjectReader): Promise<StoredObject[]> {
  const key = manifestKey(appId, '');
  return bucket.list(key.slice(0, key.search(/[._-]/)));
}

/**
 * Reads the manifests of an app, and of other apps whose functions may have the same Lambda names or match the same
 * patterns.
 *
 * @param objects what {@link listSimilarManifests} returns
 * @returns latest first; without objects that are not manifests
 */
export async function readSimilarApps(
  appId: string,
  objects: readonly StoredObject[],
  bucket: ObjectReader,
): Promise<DeployedApp[]> {
  const ownPrefix = appNamePrefix(appId);
  const similar = objects.filter(({ key }) => {
    const prefix = lambdaNamePrefix(key);
    return prefix !== undefined && (prefix.startsWith(ownPrefix) || ownPrefix.startsWith(prefix));
  });
  similar.sort((a, b) => b.lastModified - a.lastModified);
  const read = await mapConcurrent(similar, CONCURRENT_REQUESTS, (object) => readManifest(object, bucket));
  return read.filter((item): item is DeployedApp => item !== undefined && 'manifest' in item);
}
