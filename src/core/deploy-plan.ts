import type { Action } from './action.js';
import type { AppBundle, BundleAsset, BundleFunction } from './app-bundle/bundle.js';
import { checkRuntime } from './app-bundle/check-runtimes.js';
import { accountOf, functionArn } from './arn.js';
import { AppsctlError } from './errors.js';
import { type Finding, Findings } from './findings.js';
import {
  type FieldChange,
  type FunctionCode,
  type FunctionSettings,
  type FunctionSpec,
  type FunctionState,
  functionChanges,
} from './function-spec.js';
import { type InvokeGrant, type Policy, type PolicyChange, planInvokePolicies } from './invoke-policies.js';
import type { JsonObject } from './json/strict-json.js';
import { type MattermostPlan, planMattermost } from './mattermost-plan.js';
import type { Installation, Role, StoredObject } from './ports.js';

export type { Action };

/** What the flags of a deployment say. */
export interface DeploySettings {
  /** Whether functions that differ from the bundle are updated; without it they are an error. */
  readonly update: boolean;
  readonly policyName: string;
  readonly executeRoleName: string;
  readonly region: string;
  /** Whether the app is installed in Mattermost once it is listed. */
  readonly install: boolean;
  /** Whether functions with the runtime go1.x are made to run on provided.al2023. */
  readonly migrateRuntimes: boolean;
  readonly functions: FunctionSettings;
  /** Whether the plan is to be shown: then it must tell what only comes out when it is applied. */
  readonly complete: boolean;
  /** Milliseconds since the epoch: runtimes end on certain days. */
  readonly now: number;
}

/** What a bundle holds, as digests to compare with what stands on AWS. */
export interface BundleContent {
  /** The code by function name. */
  readonly code: ReadonlyMap<string, FunctionCode>;
  /** MD5 in hex by asset key. */
  readonly assets: ReadonlyMap<string, string>;
  /** MD5 of the stored manifest, in hex. */
  readonly manifest: string;
}

/** What stands on AWS and in Mattermost before a deployment. */
export interface Observed {
  readonly role: Role;
  readonly policies: readonly Policy[];
  /** By name on AWS; functions that are not there are absent. */
  readonly functions: ReadonlyMap<string, FunctionState>;
  /** What stands under the app's static prefix. */
  readonly assets: readonly StoredObject[];
  /** The manifests in the bucket. */
  readonly manifests: readonly StoredObject[];
  /** ARNs of all functions; undefined when they were not asked for. */
  readonly allFunctions: readonly string[] | undefined;
  readonly listing: JsonObject | undefined;
  readonly installation: Installation | undefined;
  /** The lock of the invoke policies, if somebody holds it or left it behind. */
  readonly lock: { readonly body: Uint8Array; readonly etag: string } | undefined;
}

/** One function to be deployed. */
export interface FunctionStep {
  readonly action: Action;
  readonly spec: FunctionSpec;
  readonly current: FunctionState | undefined;
  readonly changes: readonly FieldChange[];
}

/** One object to be put into the bucket. */
export interface AssetStep {
  readonly action: Action;
  readonly asset: BundleAsset;
}

/** What a deployment will do; made without any request, so that it can be shown or applied. */
export interface DeployPlan extends MattermostPlan {
  readonly functions: readonly FunctionStep[];
  readonly assets: readonly AssetStep[];
  readonly policies: readonly PolicyChange[];
  readonly manifest: Action;
  /** What is to be said of the bundle now that it is known what becomes of it. */
  readonly findings: readonly Finding[];
}

/**
 * Decides what a deployment changes.
 *
 * @param bundle what is to run
 * @param content digests of what it holds
 * @param observed what is there
 * @throws AppsctlError UNSUPPORTED_RUNTIME when AWS does not take a function's runtime any more; DIFFERS when a
 *   function on AWS differs and may not be updated; LIMIT when the invoke policies have no room
 */
export function planDeploy(
  bundle: AppBundle,
  content: BundleContent,
  settings: DeploySettings,
  observed: Observed,
): DeployPlan {
  const functions = bundle.functions.map((item) => planFunction(item, content, settings, observed));
  if (!settings.update) refuseDifferences(functions);
  const findings = checkRuntimes(bundle.functions, functions, settings.now);
  const policies = planInvokePolicies(observed.policies, invokeGrant(bundle, settings, observed));
  const etags = new Map([...observed.assets, ...observed.manifests].map(({ key, etag }) => [key, etag]));
  const objectAction = (key: string, digest: string | undefined): Action => {
    const etag = etags.get(key);
    if (etag === undefined) return 'create';
    return etag === digest ? 'unchanged' : 'update';
  };
  return {
    functions,
    assets: bundle.assets.map((asset) => ({
      asset,
      action: objectAction(asset.key, content.assets.get(asset.key)),
    })),
    policies,
    manifest: objectAction(bundle.manifestKey, content.manifest),
    ...planMattermost(bundle.manifest, settings.install, observed),
    findings,
  };
}

/** What the server must be allowed to invoke, and what is known of the account for it. */
export function invokeGrant(
  bundle: AppBundle,
  settings: DeploySettings,
  observed: Pick<Observed, 'role' | 'manifests' | 'allFunctions'>,
): InvokeGrant {
  const account = accountOf(observed.role.arn);
  const arn = (name: string): string => functionArn(account, settings.region, name);
  const functionArns = bundle.functions.map(({ lambdaName }) => arn(lambdaName));
  const apps = [bundle.manifestKey, ...observed.manifests.map(({ key }) => key)];
  return {
    policyName: settings.policyName,
    functionArns,
    existing: observed.allFunctions && new Set([...observed.allFunctions, ...functionArns]),
    // A manifest's key tells an app and its version, and these the beginning of its functions' names.
    appPrefixes: [...new Set(apps)].flatMap((key) => {
      const stem = /^manifests\/(.+)\.json$/s.exec(key)?.[1];
      return stem === undefined ? [] : [arn(lambdaPrefix(stem))];
    }),
  };
}

/** `{id}_{version}_` as it begins the names of an app's functions. */
function lambdaPrefix(stem: string): string {
  return `${stem.replaceAll('.', '-')}_`;
}

function planFunction(
  item: BundleFunction,
  content: BundleContent,
  settings: DeploySettings,
  observed: Observed,
): FunctionStep {
  const code = content.code.get(item.name);
  if (code === undefined) throw new Error(`the code of ${item.name} was not read`);
  const { lambdaName: name, handler, runtime } = item;
  const spec = { name, handler, runtime, roleArn: observed.role.arn, code, settings: settings.functions };
  const current = observed.functions.get(name);
  if (current === undefined) return { action: 'create', spec, current, changes: [] };
  const changes = functionChanges(spec, current);
  return { action: changes.length > 0 ? 'update' : 'unchanged', spec, current, changes };
}

function refuseDifferences(steps: readonly FunctionStep[]): void {
  const differing = steps
    .filter(({ action }) => action === 'update')
    .map(({ spec, changes }) => `${spec.name} (${changes.map(({ detail }) => detail).join('; ')})`);
  if (differing.length === 0) return;
  const [subject, verb] = differing.length === 1 ? ['function', 'differs'] : ['functions', 'differ'];
  throw new AppsctlError('DIFFERS', `${subject} on AWS ${verb} from the bundle: ${differing.join(', ')}`, {
    hint: 'add --update to replace what is on AWS',
  });
}

function checkRuntimes(
  items: readonly BundleFunction[],
  steps: readonly FunctionStep[],
  now: number,
): readonly Finding[] {
  const findings = new Findings();
  for (const [index, item] of items.entries())
    checkRuntime(item, steps[index]?.action ?? 'undecided', now, findings);
  const [error] = findings.errors;
  if (error === undefined) return findings.all;
  throw new AppsctlError('UNSUPPORTED_RUNTIME', `function ${error.place} ${error.message}`, {
    hint: error.fix,
  });
}
