import { throwIfAborted } from '../../core/async/clock.js';
import { mapConcurrent } from '../../core/async/concurrency.js';
import { assetKey, lambdaFunctionName, manifestKey } from '../../core/aws/resource-names.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { compareUtf8 } from '../../core/text.js';
import { type DeployedApp, listManifests, listManifestsOf, readManifest } from './app-manifests.js';
import { unknownApp, unknownVersion } from './find-app.js';
import type { UncheckedParts } from './unchecked-parts.js';

/** How many manifests are read at a time. */
const CONCURRENT_READS = 32;

/** A version of an app as its manifest describes it, without what no report needs: an account may have thousands. */
export interface AppRecord {
  readonly id: string;
  readonly version: string;
  readonly displayName: string;
  readonly manifestKey: string;
  /** Milliseconds since the epoch. */
  readonly deployedAt: number;
  readonly functions: readonly RecordedFunction[];
  /** The common prefix of the keys of its assets. */
  readonly assetPrefix: string;
  /** Undefined for an app without an icon. */
  readonly iconKey: string | undefined;
}

interface RecordedFunction {
  readonly name: string;
  readonly lambdaName: string;
  readonly handler: string;
  readonly runtime: string;
}

/** What is in the place of manifests. */
export interface AppRecords {
  /** By ID; the versions of an app latest first. */
  readonly records: readonly AppRecord[];
  /** The keys of objects that are not the manifest of an app. */
  readonly damaged: readonly string[];
  /** The keys of objects that the caller must not read. */
  readonly unreadable: readonly string[];
}

/**
 * Reads the manifests of all apps, or of one app, or of one version.
 *
 * @throws AppsctlError NOT_FOUND when the app or the version is not deployed; ACCESS_DENIED when no manifest can be read;
 *   the errors of the bucket
 */
export async function readAppRecords(
  bucket: ObjectReader,
  reference: AppReference | undefined,
  unchecked: UncheckedParts,
  signal: AbortSignal | undefined,
): Promise<AppRecords> {
  const objects =
    reference === undefined ? await listManifests(bucket) : await listManifestsOf(reference.id, bucket);
  const records: AppRecord[] = [];
  const damaged: string[] = [];
  const unreadable: string[] = [];
  await mapConcurrent(objects, CONCURRENT_READS, async (object) => {
    throwIfAborted(signal);
    // Undefined for a manifest that has just been removed.
    const reading = readManifest(object, bucket).then((item) => item ?? 'gone');
    const found = await unchecked.unlessDenied('manifests', reading);
    if (found === undefined) unreadable.push(object.key);
    else if (found === 'gone') return;
    else if (!('manifest' in found) || found.manifest.app_id === '') damaged.push(object.key);
    else if (reference === undefined || found.manifest.app_id === reference.id) records.push(toRecord(found));
  });
  const error = unchecked.errorOf('manifests');
  if (error !== undefined && records.length === 0 && damaged.length === 0) throw error;
  records.sort(
    (a, b) => compareUtf8(a.id, b.id) || b.deployedAt - a.deployedAt || compareUtf8(b.version, a.version),
  );
  damaged.sort(compareUtf8);
  if (reference === undefined) return { records, damaged, unreadable };
  const selected = selectVersion(reference, { records, damaged, unreadable });
  if (selected.records.length > 0 || selected.damaged.length > 0) return selected;
  if (records.length === 0) throw await unknownApp(reference.id, bucket);
  throw unknownVersion(
    reference,
    records.map(({ version }) => version),
  );
}

function selectVersion(
  { id, version }: AppReference,
  { records, damaged, unreadable }: AppRecords,
): AppRecords {
  if (version === undefined) return { records, damaged, unreadable };
  const key = manifestKey(id, version);
  return {
    records: records.filter((record) => record.version === version),
    damaged: damaged.filter((item) => item === key),
    unreadable,
  };
}

function toRecord({ manifestKey: key, manifest, deployedAt }: DeployedApp): AppRecord {
  const { app_id: id, version, display_name: displayName, icon, aws_lambda: lambda } = manifest;
  const functions = (lambda?.functions ?? []).map(({ name, handler, runtime }) => {
    return { name, lambdaName: lambdaFunctionName(id, version, name), handler, runtime };
  });
  const iconKey = icon === '' ? undefined : assetKey(id, version, icon);
  return {
    ...{ id, version, displayName, manifestKey: key, deployedAt, functions, iconKey },
    assetPrefix: assetKey(id, version, ''),
  };
}
