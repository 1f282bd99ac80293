import { CONCURRENT_REQUESTS, mapConcurrent } from '../../core/async/concurrency.js';
import { lambdaFunctionName } from '../../core/aws/resource-names.js';
import type { AppBundle, BundleFunction } from '../../core/bundle/bundle.js';
import { settingsFor } from '../../core/deploy/function-settings.js';
import type { FunctionState } from '../../core/deploy/function-spec.js';
import type { DeploySettings } from '../../core/deploy/plan.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import type { PreviousFunction } from '../../core/deploy/take-over.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { type DamagedManifest, listManifestsOf, readManifest } from '../inventory/app-manifests.js';
import type { DeployPorts } from './ports.js';
import { readLogRetention } from './read-functions.js';

/** How many manifests are read at a time, latest first: usually, the first one is enough. */
const BATCHES = [1, 9, 40];

/**
 * Finds, for each function that does not exist yet, the function of the same name in the latest other version of the app
 * that has it: the one whose manifest was written last. Sends no request when no function is new.
 *
 * @param existing the functions of the bundle that exist, by Lambda name
 * @returns the functions by the name in the manifest; those that no version has are missing
 * @throws AppsctlError CONFLICT for a damaged manifest, if it may be the one that is looked for; the errors of the ports
 */
export async function findPreviousFunctions(
  bundle: AppBundle,
  existing: ReadonlyMap<string, FunctionState>,
  settings: DeploySettings,
  service: FunctionService,
  bucket: ObjectReader,
  ports: Pick<DeployPorts, 'openLogs'>,
): Promise<ReadonlyMap<string, PreviousFunction>> {
  const found = new Map<string, PreviousFunction>();
  const added = bundle.functions.filter(({ lambdaName }) => !existing.has(lambdaName));
  if (settings.freshSettings || added.length === 0) return found;
  const objects = (await listManifestsOf(bundle.manifest.app_id, bucket)).filter(
    ({ key }) => key !== bundle.manifestKey,
  );
  for (const size of BATCHES) {
    const missing = added.filter(({ name }) => !found.has(name));
    if (missing.length === 0 || objects.length === 0) break;
    const manifests = await mapConcurrent(objects.splice(0, size), CONCURRENT_REQUESTS, (object) =>
      readManifestOf(bundle.manifest, object, bucket),
    );
    await mapConcurrent(missing, CONCURRENT_REQUESTS, async (item) => {
      const previous = await findFunction(item, manifests, service);
      if (previous !== undefined)
        found.set(item.name, await withLogRetention(item, previous, settings, ports));
    });
  }
  return found;
}

/** A manifest of another version, or the key of an object that is not a manifest. */
type ReadManifest = Manifest | DamagedManifest | undefined;

/** Reads a manifest. Returns undefined for that of another app, and when it was removed meanwhile. */
async function readManifestOf(
  { app_id: id, version }: Manifest,
  object: StoredObject,
  bucket: ObjectReader,
): Promise<ReadManifest> {
  const found = await readManifest(object, bucket);
  if (found === undefined || 'damagedKey' in found) return found;
  const { manifest } = found;
  return manifest.app_id === id && manifest.version !== version ? manifest : undefined;
}

/**
 * Finds a function in the first manifest that has it.
 *
 * @param manifests latest first
 * @throws AppsctlError CONFLICT for a damaged manifest before that one: the settings must not get lost because of it
 */
async function findFunction(
  { name }: BundleFunction,
  manifests: readonly ReadManifest[],
  service: FunctionService,
): Promise<PreviousFunction | undefined> {
  for (const manifest of manifests) {
    if (manifest === undefined) continue;
    if ('damagedKey' in manifest) throw damagedManifest(manifest.damagedKey);
    if (manifest.aws_lambda?.functions.some((item) => item.name === name) !== true) continue;
    const { app_id: id, version } = manifest;
    const state = await service.find(lambdaFunctionName(id, version, name));
    // The settings may be the reason why a creation failed.
    if (state === undefined || state.status === 'failed') continue;
    return { version, state, unread: state.tags === undefined ? [UNREAD.tags] : [] };
  }
  return undefined;
}

function damagedManifest(key: string): AppsctlError {
  const message = `${key} in the bucket is not a manifest, but may be that of the previous version of the app, whose settings new functions take over`;
  return new AppsctlError('CONFLICT', message, {
    hint: ({ freshSettings }) =>
      `deploy the app that it belongs to again, or use ${freshSettings} to take over nothing`,
  });
}

const UNREAD = {
  tags: { name: 'tags', permission: 'lambda:ListTags' },
  logRetention: { name: 'log retention', permission: 'logs:DescribeLogGroups' },
};

async function withLogRetention(
  { name }: BundleFunction,
  previous: PreviousFunction,
  settings: DeploySettings,
  ports: Pick<DeployPorts, 'openLogs'>,
): Promise<PreviousFunction> {
  if (settingsFor(settings.functions, name).logRetention !== undefined) return previous;
  const state = await unlessDenied(readLogRetention(previous.state, ports));
  return state === undefined
    ? { ...previous, unread: [...previous.unread, UNREAD.logRetention] }
    : { ...previous, state };
}
