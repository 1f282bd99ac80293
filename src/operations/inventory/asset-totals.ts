import { throwIfAborted } from '../../core/async/clock.js';
import { ASSET_PREFIX, assetKey } from '../../core/aws/resource-names.js';
import type { AssetTotals } from '../../core/inventory/app-version.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { ObjectScanner } from '../../core/ports/s3.js';
import type { AppRecord } from './app-records.js';

/** The assets in a folder of the bucket, such as those of a version. */
export interface AssetFolder extends AssetTotals {
  /** Whether the icon that the manifest names is among them. */
  readonly hasIcon: boolean;
}

/**
 * Adds up the assets of the versions, and of whatever else has assets.
 *
 * One list of all assets takes fewer requests than one for each version, unless versions have more than a thousand, and
 * only the totals are kept.
 *
 * @returns by key prefix, which ends with a slash; an object without a folder has its key
 */
export async function readAssetTotals(
  bucket: ObjectScanner,
  records: readonly AppRecord[],
  reference: AppReference | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, AssetFolder>> {
  const icons = new Set(records.map(({ iconKey }) => iconKey));
  const folders = new Map<string, { count: number; bytes: number; hasIcon: boolean }>();
  await bucket.scan(commonPrefix(reference), ({ key, size }) => {
    throwIfAborted(signal);
    // The AWS console creates such an object for a folder.
    if (key === ASSET_PREFIX) return;
    const folder = folderOf(key);
    const totals = folders.get(folder) ?? { count: 0, bytes: 0, hasIcon: false };
    totals.count++;
    totals.bytes += size;
    totals.hasIcon ||= icons.has(key);
    folders.set(folder, totals);
  });
  return folders;
}

/** IDs and versions have no slash, so the first folder is that of a version. */
function folderOf(key: string): string {
  return key.slice(0, key.indexOf('/', ASSET_PREFIX.length) + 1) || key;
}

function commonPrefix(reference: AppReference | undefined): string {
  if (reference === undefined) return ASSET_PREFIX;
  const { id, version } = reference;
  return version === undefined ? assetKey(id, '', '').replace(/_app\/$/, '') : assetKey(id, version, '');
}
