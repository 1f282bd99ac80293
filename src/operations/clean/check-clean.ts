import { mapConcurrent } from '../../core/async/concurrency.js';
import { MANIFEST_PREFIX } from '../../core/aws/resource-names.js';
import { type CleanState, contentTexts } from '../../core/clean/plan.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { joinFirst } from '../../core/text.js';
import { listManifests, readManifest } from '../inventory/app-manifests.js';
import type { CleanSettings } from './settings.js';

/** The number of apps and functions that a message lists. */
const MAX_LISTED = 10;

/** @throws AppsctlError CONFLICT if the credentials are those of the user that would be removed */
export function checkCaller(callerArn: string, { userName }: CleanSettings, source: string): void {
  if (!/:user\//.test(callerArn) || !callerArn.endsWith(`/${userName}`)) return;
  throw new AppsctlError('CONFLICT', `user ${userName} cannot remove itself: its key is in ${source}`, {
    hint: 'use the credentials of the admin who prepared the account',
  });
}

/**
 * Checks that nothing is in use.
 *
 * @throws AppsctlError CONFLICT naming the apps and functions that are left, unless `force` is set; CONFLICT for a bucket
 *   that is to be removed and is not empty
 */
export async function checkClean(
  settings: CleanSettings,
  { bucket, functions = [] }: CleanState,
  objects: ObjectReader,
): Promise<void> {
  if (settings.force) return;
  const manifests = bucket === undefined ? [] : await listManifests(objects);
  if (manifests.length > 0) {
    const names = await mapConcurrent(manifests.slice(0, MAX_LISTED), MAX_LISTED, (manifest) =>
      nameApp(manifest, objects),
    );
    const listed = joinFirst(names, MAX_LISTED, manifests.length);
    throw new AppsctlError('CONFLICT', `apps are still deployed: ${listed}`, {
      hint: ({ removeCommand, force }) =>
        `remove them with ${removeCommand}, or add ${force}: the server can then no longer use them`,
    });
  }
  if (functions.length > 0) {
    const listed = joinFirst(functions, MAX_LISTED);
    throw new AppsctlError('CONFLICT', `functions still use role ${settings.executionRoleName}: ${listed}`, {
      hint: ({ force }) => `delete them, or add ${force}: the role is then kept`,
    });
  }
  const content = bucket?.content === undefined ? [] : contentTexts(bucket.content);
  if (content.length === 0) return;
  throw new AppsctlError('CONFLICT', `bucket ${bucket?.name} is not empty: it has ${content.join(' and ')}`, {
    hint: ({ force, removeBucket }) =>
      `add ${force} to remove what is in it, or leave out ${removeBucket} to keep it`,
  });
}

/** The ID and version of an app; the key of an object that cannot be read as a manifest. */
async function nameApp(object: StoredObject, objects: ObjectReader): Promise<string> {
  const found = await unlessDenied(readManifest(object, objects));
  if (found === undefined || 'damagedKey' in found) return object.key.slice(MANIFEST_PREFIX.length);
  return `${found.manifest.app_id} ${found.manifest.version}`.trim();
}
