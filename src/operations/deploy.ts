import type { OpenBundle } from '../bundle/open-bundle.js';
import { type DeployPlan, type DeploySettings, type Observed, planDeploy } from '../core/deploy-plan.js';
import { AppsctlError } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import { encodeManifest } from '../core/manifest/encode.js';
import { assetKey } from '../core/names.js';
import { allowInvoke } from '../core/policy.js';
import type {
  AccessManagement,
  Bucket,
  FunctionState,
  Functions,
  Mattermost,
  Policy,
} from '../core/ports.js';
import { prepare } from './validate.js';

/** What a deployment talks to. */
export interface DeployPorts {
  readonly access: AccessManagement;
  readonly functions: Functions;
  readonly bucket: Bucket;
  /** Undefined for a deployment that Mattermost is not told of. */
  readonly mattermost: Mattermost | undefined;
}

/** What a deployment came to. */
export interface DeployResult {
  readonly functionArns: readonly string[];
  readonly createdFunctions: number;
  readonly updatedFunctions: number;
  readonly uploadedAssets: number;
  readonly unchangedAssets: number;
  readonly executeRoleArn: string;
  readonly policyArn: string;
}

/**
 * Deploys a bundle: functions and assets, then the right to invoke them, then the manifest, then the listing
 * in Mattermost, then the installation. Whatever can be checked without a change is checked before the first
 * change; the manifest and the listing come last, so that nobody sees an app that is half there.
 *
 * @param bundle an open bundle; the caller closes it
 * @param onEvent is told of each thing that was deployed
 * @throws AppsctlError INVALID_BUNDLE for a bundle that is not sound, UNSUPPORTED_RUNTIME for one that AWS cannot run, DIFFERS for functions that may not be
 *   updated, NOT_FOUND for a missing bucket, policy or role; the errors of the ports
 */
export async function deploy(
  bundle: OpenBundle,
  settings: DeploySettings,
  ports: DeployPorts,
  onEvent: EventListener,
): Promise<DeployResult> {
  const sound = await prepare(bundle, settings.migrateRuntimes);
  const observed = await observe(sound.bundle, settings, ports);
  const { plan, findings } = planDeploy(sound.bundle, sound.digests, settings, observed);
  for (const finding of [...sound.findings.all, ...findings]) {
    if (finding.severity !== 'note') onEvent({ type: 'finding', file: bundle.file, finding });
  }
  return apply(sound.bundle, plan, observed, settings, ports, onEvent);
}

async function observe(bundle: OpenBundle, settings: DeploySettings, ports: DeployPorts): Promise<Observed> {
  const { access, functions, bucket, mattermost } = ports;
  const { app_id: id, version } = bundle.manifest;
  const [role, policy, bucketExists] = await Promise.all([
    access.findRole(settings.executeRoleName),
    access.findPolicy(settings.policyName),
    bucket.exists(),
    mattermost?.checkAccess(),
  ]);
  if (role === undefined) throw missing(`role ${settings.executeRoleName}`, '--execute-role');
  if (policy === undefined) throw missing(`policy ${settings.policyName}`, '--policy');
  if (!bucketExists) throw missing(`bucket ${bucket.name}`, 'MM_APPS_S3_BUCKET');
  const states = new Map<string, FunctionState>();
  for (const { lambdaName } of bundle.functions) {
    const state = await functions.find(lambdaName);
    if (state !== undefined) states.set(lambdaName, state);
  }
  return { role, policy, functions: states, assets: await bucket.list(assetKey(id, version, '')) };
}

function missing(thing: string, setting: string): AppsctlError {
  return new AppsctlError('NOT_FOUND', `${thing} does not exist`, {
    hint: `check ${setting}, or prepare the account with: appsctl aws init --create`,
  });
}

async function apply(
  bundle: OpenBundle,
  plan: DeployPlan,
  observed: Observed,
  settings: DeploySettings,
  ports: DeployPorts,
  onEvent: EventListener,
): Promise<DeployResult> {
  const { functions, bucket, mattermost } = ports;
  const outcomes: string[] = [];
  const functionArns: string[] = [];
  for (const { function: item, spec, current } of plan.functions) {
    const { outcome, arn } = await functions.put(spec, current, () => bundle.read(item.archive));
    onEvent({ type: 'resource', kind: 'function', name: spec.name, outcome });
    outcomes.push(outcome);
    functionArns.push(arn);
  }
  for (const { key, entry } of plan.uploads) {
    await bucket.put(key, await bundle.read(entry));
    const existed = observed.assets.some((object) => object.key === key);
    onEvent({ type: 'resource', kind: 'asset', name: key, outcome: existed ? 'updated' : 'created' });
  }
  for (const { key } of plan.unchangedAssets) {
    onEvent({ type: 'resource', kind: 'asset', name: key, outcome: 'unchanged' });
  }
  await updatePolicy(settings.policyName, functionArns, ports.access, observed.policy, onEvent);
  await bucket.put(bundle.manifestKey, encodeManifest(bundle.manifest), 'application/json');
  onEvent({ type: 'resource', kind: 'manifest', name: bundle.manifestKey, outcome: 'updated' });
  if (mattermost !== undefined) await tellMattermost(bundle, settings, mattermost, onEvent);
  return {
    functionArns,
    createdFunctions: outcomes.filter((outcome) => outcome === 'created').length,
    updatedFunctions: outcomes.filter((outcome) => outcome === 'updated').length,
    uploadedAssets: plan.uploads.length,
    unchangedAssets: plan.unchangedAssets.length,
    executeRoleArn: observed.role.arn,
    policyArn: observed.policy.arn,
  };
}

/** Adds to the policy as it is now, not as it was observed before the functions were made. */
async function updatePolicy(
  name: string,
  functionArns: readonly string[],
  access: AccessManagement,
  observed: Policy,
  onEvent: EventListener,
): Promise<void> {
  const policy = (await access.findPolicy(name)) ?? observed;
  const { document, added } = allowInvoke(policy.document, functionArns);
  if (added.length > 0) await access.replacePolicy(policy, document);
  onEvent({
    type: 'resource',
    kind: 'invoke policy',
    name,
    outcome: added.length > 0 ? 'updated' : 'unchanged',
  });
}

async function tellMattermost(
  bundle: OpenBundle,
  settings: DeploySettings,
  mattermost: Mattermost,
  onEvent: EventListener,
): Promise<void> {
  const { manifest } = bundle;
  await mattermost.list(manifest);
  onEvent({
    type: 'resource',
    kind: 'listing',
    name: manifest.app_id,
    outcome: 'updated',
    detail: `in ${mattermost.siteUrl}`,
  });
  if (!settings.install) return;
  await mattermost.install(manifest.app_id);
  onEvent({
    type: 'resource',
    kind: 'installation',
    name: manifest.app_id,
    outcome: 'updated',
    detail: `in ${mattermost.siteUrl}`,
  });
}
