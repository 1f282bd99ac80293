import { lambdaFunctionName, manifestKey } from '../aws/resource-names.js';
import type { AppBundle, BundleAsset, BundleFunction } from '../bundle/bundle.js';
import { checkRuntime, type PlannedAction, suggestRuntime } from '../bundle/check-runtimes.js';
import { AppsctlError } from '../diagnostics/error.js';
import { type Finding, Findings } from '../diagnostics/findings.js';
import type { JsonObject } from '../json/strict-json.js';
import { encodeManifest } from '../manifest/encode.js';
import type { Manifest } from '../manifest/manifest.js';
import { parseManifest } from '../manifest/parse.js';
import type { PolicyChange } from '../policy/invoke-policies.js';
import type { Role } from '../policy/role.js';
import type { Action } from './action.js';
import { type Difference, findDifferences } from './differences.js';
import { hasChangeOf } from './function-changes.js';
import {
  type AppFunctionSettings,
  checkFunctionNames,
  checkRequiredVariables,
  settingsFor,
} from './function-settings.js';
import type { FunctionCode, FunctionState } from './function-spec.js';
import type { Installation } from './installation.js';
import { type MattermostPlan, planMattermost } from './mattermost-plan.js';
import { type FunctionStep, planFunction } from './plan-function.js';
import type { StoredObject } from './stored-object.js';
import type { PreviousFunction } from './take-over.js';

/** The settings of a deployment. */
export interface DeploySettings {
  /** Whether to replace functions, assets and a manifest that differ from the bundle; if not, they are an error. */
  readonly update: boolean;
  readonly policyName: string;
  readonly executionRoleName: string;
  readonly region: string;
  /** Whether to install the app in Mattermost after listing it. */
  readonly install: boolean;
  /** Whether to run functions of the retired runtime go1.x on provided.al2023. */
  readonly migrateRuntimes: boolean;
  readonly functions: AppFunctionSettings;
  /** Whether new functions take over nothing from the previous version of the app. */
  readonly freshSettings: boolean;
  /** The current time in milliseconds since the epoch: runtimes are retired on certain days. */
  readonly now: number;
}

/** The content of a bundle, as digests to compare with the current state. */
export interface BundleContent {
  readonly codeByFunctionName: ReadonlyMap<string, FunctionCode>;
  /** In hex. */
  readonly md5ByAssetKey: ReadonlyMap<string, string>;
}

/** What is on AWS and in Mattermost before a deployment. */
export interface CurrentState {
  readonly role: Role;
  /** The functions of the bundle that exist. */
  readonly functionsByLambdaName: ReadonlyMap<string, FunctionState>;
  /** For functions that do not exist, the function that the previous version has, by the name in the manifest. */
  readonly previousFunctions: ReadonlyMap<string, PreviousFunction>;
  /** The objects under the key prefix of the app's assets. */
  readonly assets: readonly StoredObject[];
  /** The keys of assets whose content is known to be equal although their ETag is not its MD5. */
  readonly identicalAssets: ReadonlySet<string>;
  /** The keys of assets whose content may be equal, because S3 shows no checksum. */
  readonly uncertainAssets: ReadonlySet<string>;
  /** The object with the manifest's key. */
  readonly manifest: Uint8Array | undefined;
  /** Undefined when the invoke policies already allow all functions of the bundle. */
  readonly policyChange: PolicyChange | undefined;
  readonly listing: JsonObject | undefined;
  readonly installation: Installation | undefined;
}

/** The plan for an asset. */
export interface AssetStep {
  readonly action: Action;
  readonly asset: BundleAsset;
  /** The MD5 of the verified content, in hex. */
  readonly md5: string | undefined;
  /** True when the content in the bucket cannot be compared, so that it may be equal. */
  readonly isUncertain: boolean;
}

/** What a deployment will do to each resource: pure data, to be shown or applied. */
export interface ResourcePlan extends MattermostPlan {
  readonly functions: readonly FunctionStep[];
  readonly assets: readonly AssetStep[];
  readonly policyChange: PolicyChange | undefined;
  readonly manifest: Action;
  /** What the deployment would replace, but must not without `update`. */
  readonly refused: readonly Difference[];
  /** The Lambda names of functions that the manifest in the S3 bucket has, and the new manifest does not. */
  readonly leftoverFunctions: readonly string[];
  /** The keys of assets that are in the S3 bucket, and not in the bundle. */
  readonly leftoverAssets: readonly string[];
  /** Findings that depend on the current state: whether AWS accepts the runtimes for what is planned. */
  readonly findings: readonly Finding[];
}

/**
 * Plans what a deployment does to each resource.
 *
 * @param content the digests of the bundle
 * @param findings collects what is found about the runtimes; empty
 * @throws AppsctlError UNSUPPORTED_RUNTIME when AWS no longer accepts the runtime of a function; CONFLICT when
 *   another app has the same manifest key; the errors of {@link checkFunctionNames}, {@link planFunction},
 *   {@link checkRequiredVariables} and {@link planMattermost}
 */
export function planResources(
  bundle: AppBundle,
  content: BundleContent,
  settings: DeploySettings,
  current: CurrentState,
  findings: Findings = new Findings(),
): ResourcePlan {
  const leftoverFunctions = compareWithStoredManifest(bundle, current.manifest);
  checkFunctionNames(
    settings.functions,
    bundle.functions.map(({ name }) => name),
  );
  const functions = bundle.functions.map((item) => {
    const code = content.codeByFunctionName.get(item.name);
    if (code === undefined) throw new Error(`the code of ${item.name} was not read`);
    const { role, functionsByLambdaName, previousFunctions } = current;
    const given = settingsFor(settings.functions, item.name);
    const existing = functionsByLambdaName.get(item.lambdaName);
    return planFunction(item, { role, code }, given, existing, previousFunctions.get(item.name));
  });
  checkRuntimes(bundle.functions, functions, settings.now, findings);
  checkRequiredVariables(functions);
  const assets = planAssets(bundle, content, current);
  const manifest = planManifest(bundle, current.manifest);
  return {
    ...{ functions, assets, manifest },
    policyChange: current.policyChange,
    refused: settings.update ? [] : findDifferences({ functions, assets, manifest }, bundle.manifestKey),
    ...planMattermost(bundle.manifest, settings.install, current),
    leftoverFunctions,
    leftoverAssets: findLeftoverAssets(bundle, current),
    findings: findings.all,
  };
}

function findLeftoverAssets({ assets }: AppBundle, current: CurrentState): string[] {
  const inBundle = new Set(assets.map(({ key }) => key));
  return current.assets.map(({ key }) => key).filter((key) => !inBundle.has(key));
}

/** Plans what a deployment does to each asset of a bundle. */
export function planAssets(
  { assets }: AppBundle,
  { md5ByAssetKey }: Pick<BundleContent, 'md5ByAssetKey'>,
  current: Pick<CurrentState, 'assets' | 'identicalAssets' | 'uncertainAssets'>,
): AssetStep[] {
  const etags = new Map(current.assets.map(({ key, etag }) => [key, etag]));
  const assetAction = (key: string): Action => {
    const etag = etags.get(key);
    if (etag === undefined) return 'create';
    return etag === md5ByAssetKey.get(key) || current.identicalAssets.has(key) ? 'unchanged' : 'update';
  };
  return assets.map((asset) => ({
    asset,
    action: assetAction(asset.key),
    md5: md5ByAssetKey.get(asset.key),
    isUncertain: current.uncertainAssets.has(asset.key),
  }));
}

/**
 * Plans what a deployment does to the manifest.
 *
 * @param stored the object with its key
 */
export function planManifest(bundle: AppBundle, stored: Uint8Array | undefined): Action {
  if (stored === undefined) return 'create';
  return Buffer.compare(stored, encodeManifest(bundle.manifest)) === 0 ? 'unchanged' : 'update';
}

/**
 * Compares the app with the manifest that has the same key in the S3 bucket.
 *
 * @returns the Lambda names of functions that only the stored manifest has
 * @throws AppsctlError CONFLICT when it belongs to another app: app `a` with version `1_b` and app `a_1` with version
 *   `b` have the same key
 */
function compareWithStoredManifest(
  { manifest, functions }: AppBundle,
  stored: Uint8Array | undefined,
): string[] {
  const other = stored && parseManifest(stored, new Findings());
  // Without an id it is not the manifest of an app, whatever it is.
  if (other === undefined || other.app_id === '') return [];
  if (other.app_id !== manifest.app_id || other.version !== manifest.version) {
    throw nameConflict(`manifest ${manifestKey(other.app_id, other.version)}`, other, manifest);
  }
  const inBundle = new Set(functions.map(({ lambdaName }) => lambdaName));
  return lambdaNames(other).filter((name) => !inBundle.has(name));
}

/**
 * Creates the error for a resource that belongs to another app whose names on AWS are the same.
 *
 * @param resource such as `function a-b_1-0_go`
 */
export function nameConflict(
  resource: string,
  owner: Manifest,
  { app_id: id, version }: Manifest,
): AppsctlError {
  const message = `${resource} belongs to app ${owner.app_id} ${owner.version}: app ${id} ${version} would replace it`;
  return new AppsctlError('CONFLICT', message, {
    hint: 'change the version or the ID of the app: both apps get the same names on AWS',
  });
}

/** Returns the Lambda names of all functions of a manifest. */
export function lambdaNames({ app_id: id, version, aws_lambda: lambda }: Manifest): string[] {
  return (lambda?.functions ?? []).map(({ name }) => lambdaFunctionName(id, version, name));
}

function checkRuntimes(
  items: readonly BundleFunction[],
  steps: readonly FunctionStep[],
  now: number,
  findings: Findings,
): void {
  for (const [index, item] of items.entries()) {
    const step = steps[index];
    if (step !== undefined) checkRuntime(item, toPlannedAction(step), now, findings);
    const [error] = findings.errors;
    if (error === undefined) continue;
    throw new AppsctlError('UNSUPPORTED_RUNTIME', error.message, { hint: suggestRuntime(item.runtime) });
  }
}

function toPlannedAction({ action, changes }: FunctionStep): PlannedAction {
  if (action !== 'update') return action;
  if (changes.some(({ field }) => field === 'runtime')) return 'change runtime';
  return hasChangeOf(changes, 'code') ? 'update code' : 'update configuration';
}
