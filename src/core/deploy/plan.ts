import { lambdaFunctionName, manifestKey } from '../aws/resource-names.js';
import type { AppBundle, BundleAsset, BundleFunction } from '../bundle/bundle.js';
import { checkRuntime, type PlannedAction, suggestRuntime } from '../bundle/check-runtimes.js';
import { AppsctlError } from '../diagnostics/error.js';
import { type Finding, Findings } from '../diagnostics/findings.js';
import type { Vocabulary } from '../diagnostics/vocabulary.js';
import type { JsonObject } from '../json/strict-json.js';
import { encodeManifest } from '../manifest/encode.js';
import type { Manifest } from '../manifest/manifest.js';
import { parseManifest } from '../manifest/parse.js';
import type { PolicyChange } from '../policy/invoke-policies.js';
import type { Role } from '../policy/role.js';
import type { Action } from './action.js';
import {
  checkFunctionChange,
  type FieldChange,
  type FunctionCode,
  type FunctionSettings,
  type FunctionSpec,
  type FunctionState,
  functionChanges,
} from './function-spec.js';
import type { Installation } from './mattermost-plan.js';
import { type MattermostPlan, planMattermost } from './mattermost-plan.js';
import type { StoredObject } from './stored-object.js';

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
  /** Milliseconds since the epoch: runtimes end on certain days. */
  readonly now: number;
  /** What findings call the options that they name. @default the options of the library */
  readonly words?: Vocabulary | undefined;
}

/** What a bundle holds, as digests to compare with what is on AWS. */
export interface BundleContent {
  /** The code by function name. */
  readonly code: ReadonlyMap<string, FunctionCode>;
  /** MD5 in hex by asset key. */
  readonly assets: ReadonlyMap<string, string>;
}

/** What is on AWS and in Mattermost before a deployment. */
export interface CurrentState {
  readonly role: Role;
  /** By name on AWS; functions that do not exist are absent. */
  readonly functions: ReadonlyMap<string, FunctionState>;
  /** What is under the app's static prefix. */
  readonly assets: readonly StoredObject[];
  /** The keys of those whose content is known to be that of the bundle although their ETag is not its MD5. */
  readonly identicalAssets: ReadonlySet<string>;
  /** The manifest under the app's key. */
  readonly manifest: Uint8Array | undefined;
  /** How the invoke policies change; undefined when they allow everything already. */
  readonly policyChange: PolicyChange | undefined;
  readonly listing: JsonObject | undefined;
  readonly installation: Installation | undefined;
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
  /** Of the content that was checked, in hex. */
  readonly md5: string | undefined;
}

/** What a deployment will do; made without any request, so that it can be shown or applied. */
export interface DeployPlan extends MattermostPlan {
  readonly functions: readonly FunctionStep[];
  readonly assets: readonly AssetStep[];
  readonly policyChange: PolicyChange | undefined;
  readonly manifest: Action;
  /** Functions of the app's manifest in the bucket, by name on AWS, that the new manifest no longer has. */
  readonly leftoverFunctions: readonly string[];
  /** The keys of assets of the app that the bundle no longer has. */
  readonly leftoverAssets: readonly string[];
  /** What there is to say about the bundle now that it is known what becomes of it. */
  readonly findings: readonly Finding[];
}

/**
 * Decides what a deployment changes.
 *
 * @param bundle what is to run
 * @param content digests of what it holds
 * @param current what is there
 * @throws AppsctlError UNSUPPORTED_RUNTIME when AWS no longer accepts a function's runtime; DIFFERS when a function on
 *   AWS differs and may not be updated; CONFLICT when another app has the manifest's key; the errors of {@link checkFunctionChange}
 */
export function planDeploy(
  bundle: AppBundle,
  content: BundleContent,
  settings: DeploySettings,
  current: CurrentState,
): DeployPlan {
  const leftoverFunctions = compareWithStoredManifest(bundle, current.manifest);
  const functions = bundle.functions.map((item) => planFunction(item, content, settings, current));
  const findings = checkRuntimes(bundle.functions, functions, settings);
  if (!settings.update) refuseDifferences(functions);
  const etags = new Map(current.assets.map(({ key, etag }) => [key, etag]));
  const assetAction = (key: string): Action => {
    const etag = etags.get(key);
    if (etag === undefined) return 'create';
    return etag === content.assets.get(key) || current.identicalAssets.has(key) ? 'unchanged' : 'update';
  };
  return {
    functions,
    assets: bundle.assets.map((asset) => ({
      ...{ asset, action: assetAction(asset.key), md5: content.assets.get(asset.key) },
    })),
    policyChange: current.policyChange,
    manifest: manifestAction(bundle, current.manifest),
    ...planMattermost(bundle.manifest, settings.install, current),
    leftoverFunctions,
    leftoverAssets: findLeftoverAssets(bundle, current),
    findings,
  };
}

function findLeftoverAssets({ assets }: AppBundle, current: CurrentState): string[] {
  const kept = new Set(assets.map(({ key }) => key));
  return current.assets.map(({ key }) => key).filter((key) => !kept.has(key));
}

function manifestAction(bundle: AppBundle, stored: Uint8Array | undefined): Action {
  if (stored === undefined) return 'create';
  return Buffer.compare(stored, encodeManifest(bundle.manifest)) === 0 ? 'unchanged' : 'update';
}

/**
 * Compares the app with the one whose manifest has the same key in the bucket.
 *
 * @returns the functions, by name on AWS, that only the stored manifest has
 * @throws AppsctlError CONFLICT when it is another app: `a`, version `1_b`, and `a_1`, version `b`, have the same key
 */
function compareWithStoredManifest(
  { manifest, functions }: AppBundle,
  stored: Uint8Array | undefined,
): string[] {
  const other = stored && parseManifest(stored, new Findings());
  if (other === undefined) return [];
  if (other.app_id !== manifest.app_id || other.version !== manifest.version) {
    throw nameConflict(`manifest ${manifestKey(other.app_id, other.version)}`, other, manifest);
  }
  const kept = new Set(functions.map(({ lambdaName }) => lambdaName));
  return lambdaNames(other).filter((name) => !kept.has(name));
}

/**
 * The error for something on AWS that belongs to another app, whose name comes out the same.
 *
 * @param thing what it is, such as `function a-b_1-0_go`
 */
export function nameConflict(
  thing: string,
  owner: Manifest,
  { app_id: id, version }: Manifest,
): AppsctlError {
  const message = `${thing} belongs to app ${owner.app_id} ${owner.version}: app ${id} ${version} would replace it`;
  return new AppsctlError('CONFLICT', message, {
    hint: 'the names of both come out the same on AWS: give the app another version, or another id',
  });
}

/** The names on AWS of all functions of a manifest. */
export function lambdaNames({ app_id: id, version, aws_lambda: lambda }: Manifest): string[] {
  return (lambda?.functions ?? []).map(({ name }) => lambdaFunctionName(id, version, name));
}

function planFunction(
  item: BundleFunction,
  content: BundleContent,
  settings: DeploySettings,
  { role, functions }: CurrentState,
): FunctionStep {
  const code = content.code.get(item.name);
  if (code === undefined) throw new Error(`the code of ${item.name} was not read`);
  const { lambdaName: name, handler, runtime } = item;
  const spec = { name, handler, runtime, role, code, settings: settings.functions };
  const current = functions.get(name);
  const changes = current === undefined ? [] : functionChanges(spec, current);
  checkFunctionChange(spec, current, changes);
  if (current === undefined) return { action: 'create', spec, current, changes };
  return { action: changes.length > 0 ? 'update' : 'unchanged', spec, current, changes };
}

function refuseDifferences(steps: readonly FunctionStep[]): void {
  const differing = steps.filter(({ changes }) => changes.some(({ isUncertain }) => isUncertain !== true));
  if (differing.length > 0) throw differenceError(differing);
}

/** The error for functions that differ and may not be updated. */
export function differenceError(steps: readonly Pick<FunctionStep, 'spec' | 'changes'>[]): AppsctlError {
  const details = steps.map(
    ({ spec, changes }) => `${spec.name} (${changes.map(({ detail }) => detail).join('; ')})`,
  );
  const [subject, verb] = steps.length === 1 ? ['function', 'differs'] : ['functions', 'differ'];
  return new AppsctlError('DIFFERS', `${subject} on AWS ${verb} from the bundle: ${details.join(', ')}`, {
    hint: 'add --update to replace what is on AWS',
  });
}

function checkRuntimes(
  items: readonly BundleFunction[],
  steps: readonly FunctionStep[],
  { now, words }: DeploySettings,
): readonly Finding[] {
  const findings = new Findings(words);
  for (const [index, item] of items.entries()) {
    checkRuntime(item, toPlannedAction(steps[index]), now, findings);
    const [error] = findings.errors;
    if (error === undefined) continue;
    const message = `${error.location} ${error.message}`;
    throw new AppsctlError('UNSUPPORTED_RUNTIME', message, { hint: suggestRuntime(item.runtime) });
  }
  return findings.all;
}

function toPlannedAction(step: FunctionStep | undefined): PlannedAction {
  if (step === undefined) return 'unknown';
  if (step.action !== 'update') return step.action;
  const fields = new Set(step.changes.map(({ field }) => field));
  if (fields.has('runtime')) return 'change runtime';
  return fields.has('code') || fields.has('architecture') ? 'update code' : 'update configuration';
}
