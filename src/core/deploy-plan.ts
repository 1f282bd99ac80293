import type { AppBundle, BundleAsset, BundleFunction } from './app-bundle/bundle.js';
import { checkRuntime } from './app-bundle/check-runtimes.js';
import { accountOf, functionArn } from './arn.js';
import { AppsctlError } from './errors.js';
import { type Finding, Findings } from './findings.js';
import { allowInvoke, checkPolicySize } from './policy.js';
import type { FunctionSpec, FunctionState, Policy, Role, StoredObject } from './ports.js';

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
  /** Milliseconds since the epoch: runtimes end on certain days. */
  readonly now: number;
}

/** The digests of a bundle's content. */
export interface BundleDigests {
  /** SHA-256 in base64 by function name. */
  readonly functions: ReadonlyMap<string, string>;
  /** MD5 in hex by asset key. */
  readonly assets: ReadonlyMap<string, string>;
}

/** What stands on AWS before a deployment. */
export interface Observed {
  readonly role: Role;
  readonly policy: Policy;
  /** By name on AWS; functions that are not there are absent. */
  readonly functions: ReadonlyMap<string, FunctionState>;
  /** What stands under the app's static prefix. */
  readonly assets: readonly StoredObject[];
}

/** One function to be deployed. */
export interface FunctionStep {
  readonly function: BundleFunction;
  readonly spec: FunctionSpec;
  readonly current: FunctionState | undefined;
}

/** What a deployment will do; made without any request, so that it can be shown or applied. */
export interface DeployPlan {
  readonly functions: readonly FunctionStep[];
  /** The assets to upload. */
  readonly uploads: readonly BundleAsset[];
  /** The assets that already stand there, byte for byte. */
  readonly unchangedAssets: readonly BundleAsset[];
}

/** A plan, and what is to be said of the bundle now that it is known what becomes of it. */
export interface Planned {
  readonly plan: DeployPlan;
  readonly findings: readonly Finding[];
}

/**
 * Decides what a deployment changes.
 *
 * @param bundle what is to run
 * @param digests of its content
 * @param observed what is there
 * @throws AppsctlError UNSUPPORTED_RUNTIME when AWS does not take a function's runtime any more; DIFFERS when a function on AWS differs and may not be updated; LIMIT when the invoke
 *   policy has no room
 */
export function planDeploy(
  bundle: AppBundle,
  digests: BundleDigests,
  settings: DeploySettings,
  observed: Observed,
): Planned {
  const functions = bundle.functions.map((item): FunctionStep => {
    const { lambdaName: name, handler, runtime } = item;
    const codeSha256 = digests.functions.get(item.name) ?? '';
    const spec = { name, handler, runtime, roleArn: observed.role.arn, codeSha256 };
    return { function: item, spec, current: observed.functions.get(name) };
  });
  if (!settings.update) refuseDifferences(functions);
  const findings = checkRuntimes(functions, settings.now);
  const account = accountOf(observed.role.arn);
  const arns = functions.map(({ spec }) => functionArn(account, settings.region, spec.name));
  checkPolicySize(settings.policyName, allowInvoke(observed.policy.document, arns).document);
  const etags = new Map(observed.assets.map(({ key, etag }) => [key, etag]));
  const isUnchanged = ({ key }: BundleAsset): boolean => etags.get(key) === digests.assets.get(key);
  const plan = {
    functions,
    uploads: bundle.assets.filter((asset) => !isUnchanged(asset)),
    unchangedAssets: bundle.assets.filter(isUnchanged),
  };
  return { plan, findings };
}

/** The parts of a function in which it differs from what it should be. */
export function functionDifferences(spec: FunctionSpec, current: FunctionState): string[] {
  const differences: string[] = [];
  if (spec.codeSha256 !== current.codeSha256) differences.push('code');
  if (spec.handler !== current.handler) differences.push('handler');
  if (spec.runtime !== current.runtime) differences.push('runtime');
  if (spec.roleArn !== current.roleArn) differences.push('role');
  return differences;
}

function refuseDifferences(steps: readonly FunctionStep[]): void {
  const differing = steps.flatMap(({ spec, current }) => {
    const differences = current === undefined ? [] : functionDifferences(spec, current);
    return differences.length === 0 ? [] : [`${spec.name} (${differences.join(', ')})`];
  });
  if (differing.length === 0) return;
  const [subject, verb] = differing.length === 1 ? ['function', 'differs'] : ['functions', 'differ'];
  throw new AppsctlError('DIFFERS', `${subject} on AWS ${verb} from the bundle: ${differing.join(', ')}`, {
    hint: 'add --update to replace what is on AWS',
  });
}

function checkRuntimes(steps: readonly FunctionStep[], now: number): readonly Finding[] {
  const findings = new Findings();
  for (const { function: item, spec, current } of steps) {
    const changes = current !== undefined && functionDifferences(spec, current).length > 0;
    checkRuntime(item, current === undefined ? 'create' : changes ? 'update' : 'unchanged', now, findings);
  }
  const [error] = findings.errors;
  if (error === undefined) return findings.all;
  throw new AppsctlError('UNSUPPORTED_RUNTIME', `function ${error.place} ${error.message}`, {
    hint: error.fix,
  });
}
