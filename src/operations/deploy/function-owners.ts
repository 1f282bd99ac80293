import { lambdaNamePrefix } from '../../core/aws/resource-names.js';
import type { AppBundle } from '../../core/bundle/bundle.js';
import { lambdaNames, nameConflict } from '../../core/deploy/plan.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import { Findings } from '../../core/diagnostics/findings.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { parseManifest } from '../../core/manifest/parse.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { listSimilarManifests } from '../inventory/similar-apps.js';

/**
 * Checks that no existing function belongs to another app: the Lambda names of two apps can be the same. A function that is
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
  const objects = await listSimilarManifests(manifest.app_id, bucket);
  for (const key of findOwners(manifestKey, names, objects)) {
    const other = parseStored(await bucket.get(key));
    const name = other && lambdaNames(other).find((candidate) => names.includes(candidate));
    if (other !== undefined && name !== undefined) throw nameConflict(`function ${name}`, other, manifest);
  }
}

/** The keys of the manifests of other apps whose functions could have these names. */
function findOwners(
  manifestKey: string,
  names: readonly string[],
  objects: readonly StoredObject[],
): string[] {
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
