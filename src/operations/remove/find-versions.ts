import { settleAll } from '../../core/async/concurrency.js';
import { manifestKey } from '../../core/aws/resource-names.js';
import { lambdaNames } from '../../core/deploy/plan.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { selectVersions } from '../../core/removal/select-versions.js';
import type { DeployedApp } from '../inventory/app-manifests.js';
import { listSimilarManifests, readSimilarApps } from '../inventory/similar-apps.js';
import { findRemovalRecords, type RemovalRecord } from '../removal-record.js';
import type { RemovalBucket } from './ports.js';
import type { RemoveSettings } from './settings.js';

/** A version of an app that is to be removed. */
export interface RemovedVersion {
  readonly version: string;
  /** Undefined when it is already removed, was never written, or cannot be read. */
  readonly manifest: Manifest | undefined;
  /** The ETag of the object with the key of the manifest, if there is one. */
  readonly etag: string | undefined;
  /** The Lambda names of its functions, as far as the manifest or the record of an earlier removal has them. */
  readonly functions: readonly string[];
  /** Whether an earlier removal was interrupted. */
  readonly isUnfinished: boolean;
}

/** The versions of an app, and what must stay. */
export interface FoundVersions {
  readonly removed: readonly RemovedVersion[];
  /** The versions of the app that stay, latest first. */
  readonly remaining: readonly string[];
  /** Whether anything of the app, or of the version that is named, has a manifest or a record. */
  readonly isKnown: boolean;
  /** The other versions, and other apps whose functions may have the same names. */
  readonly others: readonly Manifest[];
}

/**
 * Finds the versions of an app that a removal is about: those with a manifest, and those whose removal was interrupted
 * after the manifest was removed. A version that is named may also have neither.
 *
 * @throws AppsctlError USAGE when it is not clear which version is meant
 */
export async function findRemovedVersions(
  app: AppReference,
  settings: RemoveSettings,
  bucket: RemovalBucket,
): Promise<FoundVersions> {
  const listing = listSimilarManifests(app.id, bucket);
  const [objects, similar, records] = await settleAll(
    listing,
    listing.then((found) => readSimilarApps(app.id, found, bucket)),
    findRemovalRecords(app.id, bucket),
  );
  const etags = new Map(objects.map(({ key, etag }) => [key, etag]));
  const own = similar.filter(({ manifest }) => manifest.app_id === app.id);
  const deployed = own.map(({ manifest }) => manifest.version);
  const unfinished = records.map(({ version }) => version);
  const selected = selectVersions(app, settings, deployed, unfinished);
  const versions = selected ?? (app.version === undefined ? [] : [app.version]);
  return {
    removed: versions.map((version) => ({
      ...describeVersion(version, own, records),
      etag: etags.get(manifestKey(app.id, version)),
    })),
    remaining: deployed.filter((version) => !versions.includes(version)),
    isKnown: selected !== undefined,
    others: similar
      .map(({ manifest }) => manifest)
      .filter(({ app_id: id, version }) => id !== app.id || !versions.includes(version)),
  };
}

function describeVersion(
  version: string,
  deployed: readonly DeployedApp[],
  records: readonly RemovalRecord[],
): Omit<RemovedVersion, 'etag'> {
  const manifest = deployed.find((item) => item.manifest.version === version)?.manifest;
  const record = records.find((item) => item.version === version);
  const functions = [...(manifest === undefined ? [] : lambdaNames(manifest)), ...(record?.functions ?? [])];
  return { version, manifest, functions: [...new Set(functions)], isUnfinished: record !== undefined };
}
