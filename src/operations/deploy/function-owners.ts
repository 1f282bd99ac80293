import { lambdaNamePrefix } from '../../core/aws/resource-names.js';
import type { AppBundle } from '../../core/bundle/bundle.js';
import { lambdaNames, nameConflict } from '../../core/deploy/plan.js';
import { Findings } from '../../core/diagnostics/findings.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { parseManifest } from '../../core/manifest/parse.js';
import type { ObjectReader } from '../../core/ports/s3.js';

/**
 * Checks that no existing function belongs to another app. The Lambda names of two apps can be the same: dots in app IDs
 * and versions become dashes, and app IDs, versions and function names may all contain underscores. A function that is
 * not in the stored manifest of the app itself belongs to another app if that app's manifest contains it.
 *
 * @param existing the Lambda names of the bundle's functions that exist
 * @param storedManifest the manifest of the app in the bucket
 * @throws AppsctlError CONFLICT naming both apps
 */
export async function checkFunctionOwners(
  { manifestKey, manifest }: AppBundle,
  existing: readonly string[],
  storedManifest: Uint8Array | undefined,
  bucket: ObjectReader,
): Promise<void> {
  const ownNames = readLambdaNames(storedManifest);
  const names = existing.filter((name) => !ownNames.includes(name));
  if (names.length === 0) return;
  for (const key of await findSimilarManifests(manifestKey, names, bucket)) {
    const other = parseStored(await bucket.get(key));
    const name = other && lambdaNames(other).find((candidate) => names.includes(candidate));
    if (other !== undefined && name !== undefined) throw nameConflict(`function ${name}`, other, manifest);
  }
}

/** The keys of the manifests of other apps whose functions could have these names. */
async function findSimilarManifests(
  manifestKey: string,
  names: readonly string[],
  bucket: ObjectReader,
): Promise<string[]> {
  // Up to the first of these characters, the manifest keys of apps with the same Lambda names are the same.
  const commonPrefix = manifestKey.slice(0, manifestKey.search(/[._-]/));
  const objects = await bucket.list(commonPrefix);
  return objects
    .map(({ key }) => key)
    .filter((key) => {
      const prefix = key === manifestKey ? undefined : lambdaNamePrefix(key);
      return prefix !== undefined && names.some((name) => name.startsWith(prefix));
    });
}

function readLambdaNames(storedManifest: Uint8Array | undefined): string[] {
  const manifest = parseStored(storedManifest);
  return manifest === undefined ? [] : lambdaNames(manifest);
}

function parseStored(bytes: Uint8Array | undefined): Manifest | undefined {
  return bytes && parseManifest(bytes, new Findings());
}
