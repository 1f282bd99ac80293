import { mapConcurrent } from '../../core/async/concurrency.js';
import { lambdaFunctionName, manifestKey } from '../../core/aws/resource-names.js';
import type { AppBundle, BundleFunction } from '../../core/bundle/bundle.js';
import { settingsFor } from '../../core/deploy/function-settings.js';
import type { FunctionState } from '../../core/deploy/function-spec.js';
import type { DeploySettings } from '../../core/deploy/plan.js';
import type { PreviousFunction } from '../../core/deploy/take-over.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { Findings } from '../../core/diagnostics/findings.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { parseManifest } from '../../core/manifest/parse.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import type { DeployPorts } from './ports.js';
import { readLogRetention } from './read-functions.js';

const CONCURRENT_LOOKUPS = 16;
/** How many manifests are read for a function that the latest other version does not have. */
const MAX_MANIFESTS = 10;

/**
 * Finds, for each function that does not exist yet, the function of the same name in the latest other version of the app
 * that has it: the one whose manifest was written last. Sends no request when no function is new.
 *
 * @param existing the functions of the bundle that exist, by Lambda name
 * @returns the functions by the name in the manifest; those that no version has are missing
 * @throws AppsctlError CONFLICT for a manifest that cannot be parsed; the errors of the ports
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
  const [latest = [], others = []] = await findManifestKeys(bundle, bucket);
  for (const keys of [latest, others]) {
    const missing = added.filter(({ name }) => !found.has(name));
    if (missing.length === 0) break;
    const manifests = await mapConcurrent(keys, CONCURRENT_LOOKUPS, (key) =>
      readManifest(key, bundle, bucket),
    );
    await mapConcurrent(missing, CONCURRENT_LOOKUPS, async (item) => {
      const previous = await findFunction(item, manifests, service);
      if (previous === undefined) return;
      found.set(item.name, await withLogRetention(item, previous, settings, ports));
    });
  }
  return found;
}

/** The keys of the manifests of other versions, latest first: the first one, and some more. */
async function findManifestKeys(
  { manifest, manifestKey: ownKey }: AppBundle,
  bucket: ObjectReader,
): Promise<string[][]> {
  const objects = await bucket.list(manifestKey(manifest.app_id, '').replace(/\.json$/, ''));
  const keys = objects
    .filter(({ key }) => key !== ownKey)
    .sort((a, b) => b.lastModified - a.lastModified)
    .map(({ key }) => key);
  return [keys.slice(0, 1), keys.slice(1, MAX_MANIFESTS)];
}

/**
 * Reads the manifest of another version; the key may also be that of an app whose ID begins like this one's.
 *
 * @returns undefined for the manifest of another app, and when it was removed meanwhile
 * @throws AppsctlError CONFLICT when it cannot be parsed: settings must not get lost because of a damaged response
 */
async function readManifest(
  key: string,
  { manifest: { app_id: id, version } }: AppBundle,
  bucket: ObjectReader,
): Promise<Manifest | undefined> {
  const content = await bucket.get(key);
  if (content === undefined) return undefined;
  const manifest = parseManifest(content, new Findings());
  if (manifest === undefined) {
    const message = `${key} in the bucket is not a manifest: new functions cannot take over the settings of this version`;
    throw new AppsctlError('CONFLICT', message, {
      hint: ({ freshSettings }) =>
        `deploy that version again, remove the object, or use ${freshSettings} to take over nothing`,
    });
  }
  return manifest.app_id === id && manifest.version !== version ? manifest : undefined;
}

async function findFunction(
  { name }: BundleFunction,
  manifests: readonly (Manifest | undefined)[],
  service: FunctionService,
): Promise<PreviousFunction | undefined> {
  for (const manifest of manifests) {
    if (manifest?.aws_lambda?.functions.some((item) => item.name === name) !== true) continue;
    const { app_id: id, version } = manifest;
    const state = await service.find(lambdaFunctionName(id, version, name));
    // The settings may be the reason why a creation failed.
    if (state === undefined || state.status === 'failed') continue;
    return { version, state, unread: state.tags === undefined ? [UNREAD.tags] : [] };
  }
  return undefined;
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
