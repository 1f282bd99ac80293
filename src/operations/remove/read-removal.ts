import { CONCURRENT_REQUESTS, mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import { functionArnPrefix } from '../../core/aws/arn.js';
import {
  appNamePrefix,
  assetKey,
  defaultLogGroup,
  lambdaNamePrefix,
  manifestKey,
} from '../../core/aws/resource-names.js';
import { lambdaNames } from '../../core/deploy/plan.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { Revocation } from '../../core/policy/revoke.js';
import type { ObjectVersion } from '../../core/ports/s3.js';
import type { KeptResource } from '../../core/removal/kept-resource.js';
import {
  findLostInstallation,
  groupByKey,
  type RemovalPlan,
  type RemovedFunction,
} from '../../core/removal/plan.js';
import { planRevokeAccess, type RevocationPlan } from '../invoke-access/revoke-access.js';
import { type FoundVersions, findRemovedVersions, type RemovedVersion } from './find-versions.js';
import type { RemovalBucket, RemovePorts } from './ports.js';
import type { RemoveSettings } from './settings.js';

/** Everything that a removal has to know, and its plan. */
export interface RemovalState {
  readonly plan: RemovalPlan;
  readonly versions: readonly RemovedVersion[];
  readonly revocation: Revocation;
  readonly revocationPlan: RevocationPlan;
  /** The version that the server lists; undefined when it does not list the app, or no server is given. */
  readonly listed: string | undefined;
}

/**
 * Reads what there is of the versions of an app, and plans their removal.
 *
 * @returns undefined when there is nothing of them
 * @throws AppsctlError USAGE when it is not clear which version is meant; the errors of the ports
 */
export async function readRemoval(
  app: AppReference,
  settings: RemoveSettings,
  ports: RemovePorts,
): Promise<RemovalState | undefined> {
  const { bucket, mattermost } = ports;
  const [found, , installation, listing] = await settleAll(
    findRemovedVersions(app, settings, bucket),
    mattermost?.checkAccess() ?? Promise.resolve(),
    mattermost?.findInstallation(app.id) ?? Promise.resolve(undefined),
    mattermost?.findListing(app.id) ?? Promise.resolve(undefined),
  );
  const versions = found.removed;
  if (versions.length === 0 && !found.isKnown) return undefined;
  const names = versions.map(({ version }) => version);
  const uninstall = findLostInstallation(installation, names);
  const [objects, access] = await settleAll(
    readObjects(app.id, found, bucket),
    readAccess(app.id, found, settings, ports),
  );
  const functions = await readFunctions(access.functions, ports);
  const plan: RemovalPlan = {
    appId: app.id,
    versions: names,
    remaining: found.remaining,
    uninstall,
    isRefused: uninstall !== undefined && !settings.uninstall,
    policies: access.revocationPlan.changes,
    manifests: groupByKey(objects.manifests),
    functions,
    assets: groupByKey(objects.assets),
    logGroups: settings.logs ? functions.map(({ name }) => defaultLogGroup(name)) : [],
    kept: [...access.kept, ...keptLogGroups(functions, settings)],
  };
  if (!found.isKnown && !hasLeftovers(plan)) return undefined;
  const listed = listing?.get('version');
  return {
    ...{ plan, versions },
    revocation: access.revocation,
    revocationPlan: access.revocationPlan,
    listed: typeof listed === 'string' ? listed : undefined,
  };
}

function hasLeftovers({ policies, manifests, functions, assets }: RemovalPlan): boolean {
  return policies.length + manifests.length + assets.length > 0 || functions.some(({ isFound }) => isFound);
}

async function readObjects(
  appId: string,
  { removed, others }: FoundVersions,
  bucket: RemovalBucket,
): Promise<{ manifests: ObjectVersion[]; assets: ObjectVersion[] }> {
  const otherKeys = others.map(({ app_id: id, version }) => manifestKey(id, version));
  const otherPrefixes = others.map(({ app_id: id, version }) => assetKey(id, version, ''));
  const found = await mapConcurrent(removed, CONCURRENT_REQUESTS, async ({ version }) => {
    const key = manifestKey(appId, version);
    const prefix = assetKey(appId, version, '');
    const [manifests, assets] = await settleAll(listVersions(key, bucket), listVersions(prefix, bucket));
    // A version may contain a slash, so that the assets of another one are below those of this one. And two apps can
    // have the same keys, as app `a` with version `1_b` and app `a_1` with version `b`.
    const nested = otherPrefixes.filter((other) => other.startsWith(prefix));
    return {
      manifests: manifests.filter((item) => item.key === key && !otherKeys.includes(key)),
      assets: assets.filter((asset) => !nested.some((other) => asset.key.startsWith(other))),
    };
  });
  return {
    manifests: found.flatMap(({ manifests }) => manifests),
    assets: found.flatMap(({ assets }) => assets),
  };
}

/** Without permission to list versions, only what readers get is listed. */
async function listVersions(prefix: string, bucket: RemovalBucket): Promise<ObjectVersion[]> {
  const versions = await unlessDenied(bucket.listVersions(prefix));
  if (versions !== undefined) return versions;
  const objects = await bucket.list(prefix);
  return objects.map(({ key }) => ({ key, version: undefined, isCurrent: true, isUnlisted: true }));
}

interface AccessState {
  readonly revocation: Revocation;
  readonly revocationPlan: RevocationPlan;
  /** The Lambda names of the functions to be removed. */
  readonly functions: readonly string[];
  readonly kept: readonly KeptResource[];
}

/** Reads the invoke policies, which also show functions that the manifest no longer has. */
async function readAccess(
  appId: string,
  { removed, others }: FoundVersions,
  { policyName, region }: RemoveSettings,
  ports: RemovePorts,
): Promise<AccessState> {
  const { account } = ports;
  const scope = functionArnPrefix(account, region);
  const owners = new Map(
    others.flatMap((manifest) =>
      lambdaNames(manifest).map((name) => [name, `${manifest.app_id} ${manifest.version}`] as const),
    ),
  );
  const named = removed.flatMap(({ functions }) => functions);
  const revocation: Revocation = {
    functionArns: named.map((name) => scope + name),
    versionPrefixes: removed.map(
      ({ version }) => scope + (lambdaNamePrefix(manifestKey(appId, version)) ?? ''),
    ),
    appPrefix: scope + appNamePrefix(appId),
    neededArns: [...owners.keys()].map((name) => scope + name),
  };
  const deployed = removed.filter(({ manifest, isUnfinished }) => manifest !== undefined && !isUnfinished);
  const expected = deployed.flatMap(({ functions }) => functions.map((name) => scope + name));
  const revocationPlan = await planRevokeAccess(ports, { account, policyName }, revocation, expected);
  const inPolicies = revocationPlan.changes.flatMap((change) => change.removed);
  const hasPatterns = inPolicies.some((resource) => resource.endsWith('*'));
  const isUnknown = removed.some(({ manifest, isUnfinished }) => manifest === undefined && !isUnfinished);
  const listed = hasPatterns || isUnknown ? await unlessDenied(ports.functions.list()) : [];
  const leftover = [...inPolicies.filter((resource) => !resource.endsWith('*')), ...(listed ?? [])]
    .filter((arn) => revocation.versionPrefixes.some((prefix) => arn.startsWith(prefix)))
    .map((arn) => arn.slice(scope.length));
  const names = [...new Set([...named, ...leftover])];
  return {
    ...{ revocation, revocationPlan },
    functions: names.filter((name) => !owners.has(name)),
    kept: names.flatMap((name): KeptResource[] => {
      const owner = owners.get(name);
      return owner === undefined
        ? []
        : [{ kind: 'function', name, reason: `it also belongs to app ${owner}` }];
    }),
  };
}

function readFunctions(names: readonly string[], { functions }: RemovePorts): Promise<RemovedFunction[]> {
  return mapConcurrent(names, CONCURRENT_REQUESTS, async (name) => {
    const state = await functions.find(name);
    return { name, logGroup: state?.logGroup ?? defaultLogGroup(name), isFound: state !== undefined };
  });
}

/** A log group that a setting names may have events of other functions. */
function keptLogGroups(functions: readonly RemovedFunction[], { logs }: RemoveSettings): KeptResource[] {
  const groups = functions
    .filter(({ name, logGroup }) => logGroup !== defaultLogGroup(name))
    .map(({ logGroup }) => logGroup);
  if (!logs) return [];
  return [...new Set(groups)].map((name) => ({
    kind: 'log group',
    name,
    reason: 'other functions may use it',
  }));
}
