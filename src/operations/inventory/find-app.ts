import { CONCURRENT_REQUESTS, mapConcurrent } from '../../core/async/concurrency.js';
import { MANIFEST_PREFIX, manifestKey } from '../../core/aws/resource-names.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { findSimilarApp } from '../../core/did-you-mean.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { joinFirst } from '../../core/text.js';
import { type DeployedApp, listManifestsOf, readManifest } from './app-manifests.js';

/** The number of versions that a hint lists. */
const MAX_LISTED = 10;

/**
 * Finds the versions of an app that are deployed.
 *
 * @returns latest first; without objects that are not manifests
 */
export async function findVersions(appId: string, bucket: ObjectReader): Promise<DeployedApp[]> {
  const objects = await listManifestsOf(appId, bucket);
  const found = await mapConcurrent(objects, CONCURRENT_REQUESTS, (object) => readManifest(object, bucket));
  return found.filter(
    (item): item is DeployedApp => item !== undefined && 'manifest' in item && item.manifest.app_id === appId,
  );
}

/**
 * Finds a version of an app.
 *
 * @param reference without a version, the one that was deployed last
 * @throws AppsctlError NOT_FOUND naming what is deployed, CONFLICT when the object with the key of the manifest is none
 */
export async function findDeployedApp(reference: AppReference, bucket: ObjectReader): Promise<DeployedApp> {
  const { id, version } = reference;
  if (version !== undefined) {
    const found = await findVersion(id, version, bucket);
    if (found !== undefined) return found;
  }
  const versions = await findVersions(id, bucket);
  const [latest] = versions;
  if (latest === undefined) throw await unknownApp(id, bucket);
  if (version !== undefined)
    throw unknownVersion(
      reference,
      versions.map(({ manifest }) => manifest.version),
    );
  return latest;
}

async function findVersion(
  id: string,
  version: string,
  bucket: ObjectReader,
): Promise<DeployedApp | undefined> {
  const key = manifestKey(id, version);
  const object = (await bucket.list(key)).find((item) => item.key === key);
  const found = object && (await readManifest(object, bucket));
  if (found === undefined) return undefined;
  if ('damagedKey' in found) {
    throw new AppsctlError('CONFLICT', `${key} in the bucket is not a manifest`, {
      hint: 'deploy that version again',
    });
  }
  const { manifest } = found;
  return manifest.app_id === id && manifest.version === version ? found : undefined;
}

/** The error for an app of which no version is deployed. */
export async function unknownApp(id: string, bucket: ObjectReader): Promise<AppsctlError> {
  // The ID is what precedes the last underscore, unless the version has one.
  const ids = (await bucket.list(MANIFEST_PREFIX)).map(({ key }) =>
    key.slice(MANIFEST_PREFIX.length, Math.max(key.lastIndexOf('_'), MANIFEST_PREFIX.length)),
  );
  const similar = findSimilarApp(id, [...new Set(ids)]);
  const message = `app ${id} is not deployed: bucket ${bucket.name} has no manifest of it`;
  return new AppsctlError('NOT_FOUND', message, {
    hint: ({ listCommand }) =>
      similar === undefined ? `see what is deployed with: ${listCommand}` : `did you mean ${similar}?`,
  });
}

/**
 * The error for an app of which only other versions are deployed.
 *
 * @param deployed these versions, latest first
 */
export function unknownVersion({ id, version }: AppReference, deployed: readonly string[]): AppsctlError {
  return new AppsctlError('NOT_FOUND', `version ${version} of app ${id} is not deployed`, {
    hint: `deployed, latest first: ${joinFirst(deployed, MAX_LISTED)}`,
  });
}
