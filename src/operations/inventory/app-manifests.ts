import { MANIFEST_PREFIX, manifestKey } from '../../core/aws/resource-names.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import { Findings } from '../../core/diagnostics/findings.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { parseManifest } from '../../core/manifest/parse.js';
import { MAX_VERSION_BYTES } from '../../core/manifest/validate.js';
import type { ObjectReader } from '../../core/ports/s3.js';

/** A version of an app whose manifest is in the bucket. */
export interface DeployedApp {
  readonly manifestKey: string;
  readonly manifest: Manifest;
  /** When the manifest was written, in milliseconds since the epoch. */
  readonly deployedAt: number;
}

/** An object in the place of a manifest that is none. */
export interface DamagedManifest {
  readonly damagedKey: string;
}

/** Lists the objects that may be manifests of all apps, latest first. */
export function listManifests(bucket: ObjectReader): Promise<StoredObject[]> {
  return listLatestFirst(bucket, MANIFEST_PREFIX);
}

/** Lists the objects that may be manifests of an app, latest first; some may be those of other apps. */
export async function listManifestsOf(appId: string, bucket: ObjectReader): Promise<StoredObject[]> {
  const prefix = manifestKey(appId, '').replace(/\.json$/, '');
  const objects = await listLatestFirst(bucket, prefix);
  // What follows the prefix may also be a part of the ID of another app.
  const isVersion = (key: string): boolean =>
    Buffer.byteLength(key.slice(prefix.length).replace(/\.json$/, '')) <= MAX_VERSION_BYTES;
  return objects.filter(({ key }) => isVersion(key));
}

/** Reads a manifest. Returns undefined when the object no longer exists. */
export async function readManifest(
  { key, lastModified }: StoredObject,
  bucket: ObjectReader,
): Promise<DeployedApp | DamagedManifest | undefined> {
  const content = await bucket.get(key);
  if (content === undefined) return undefined;
  const manifest = parseManifest(content, new Findings());
  if (manifest === undefined) return { damagedKey: key };
  return { manifestKey: key, manifest, deployedAt: lastModified };
}

async function listLatestFirst(bucket: ObjectReader, prefix: string): Promise<StoredObject[]> {
  const objects = await bucket.list(prefix);
  return objects.sort((a, b) => b.lastModified - a.lastModified);
}
