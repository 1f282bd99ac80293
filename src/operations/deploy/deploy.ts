import { type OpenBundle, type OpenPartialBundle, requireValid } from '../../bundle/open-bundle.js';
import { settleAll } from '../../core/async/concurrency.js';
import { parseAccount } from '../../core/aws/arn.js';
import { GO_RUNTIME, isMigratedGo } from '../../core/aws/runtimes.js';
import type { BundleFunction } from '../../core/bundle/bundle.js';
import { checkJavaMemory } from '../../core/bundle/check-runtimes.js';
import { type Change, toChanges } from '../../core/deploy/changes.js';
import { differenceError } from '../../core/deploy/differences.js';
import { type DeploySettings, planResources, type ResourcePlan } from '../../core/deploy/plan.js';
import { type Finding, Findings } from '../../core/diagnostics/findings.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { apply } from './apply.js';
import { compareAssets } from './compare-assets.js';
import { readCurrentState, startReading } from './current-state.js';
import { type AppliedDeployment, DeployRun } from './deploy-run.js';
import { deployWarnings } from './deploy-warnings.js';
import { migrateRuntimes } from './migrate-runtimes.js';
import type { DeployPorts } from './ports.js';
import { toBundleContent, verifyForDeploy } from './verify-for-deploy.js';

/** A deployment that is ready to be applied: everything has been checked and planned, and nothing changed. */
export interface PreparedDeployment {
  readonly manifest: Manifest;
  readonly plan: ResourcePlan;
  /** The plan as one list, in the order of a deployment. */
  readonly changes: readonly Change[];
  /**
   * Carries out the plan.
   *
   * @param beforeChanges called when the plan is known to be allowed; what it throws ends the deployment
   * @throws AppsctlError DIFFERS when it would replace what is on AWS and must not update
   */
  apply(beforeChanges?: () => void | Promise<void>): Promise<AppliedDeployment>;
}

/**
 * Reads a bundle and the current state, and plans the deployment. Changes nothing, but checks everything that can be
 * checked without a change.
 *
 * @param open opens the bundle, whose findings may be errors; the caller closes it
 * @returns the plan, to be shown or applied
 * @throws AppsctlError INVALID_BUNDLE for a bundle that is not valid, UNSUPPORTED_RUNTIME when AWS no longer accepts a
 *   runtime, NOT_FOUND for a missing bucket, policy or role, LIMIT when the invoke policies are full; the errors of the
 *   ports
 */
export async function prepareDeployment(
  open: () => Promise<OpenPartialBundle>,
  settings: DeploySettings,
  ports: DeployPorts,
): Promise<PreparedDeployment> {
  // These requests are sent while the bundle is opened and read; the errors of the bundle are reported first.
  const early = startReading(settings, ports);
  const opened = await open();
  const verifying = verifyForDeploy(opened, settings, ports);
  // What the bundle has on AWS is only known if nothing is wrong with its names.
  if (hasErrors(opened)) await verifying;
  const bundle = requireValid(opened);
  const [verified, state] = await settleAll(verifying, readCurrentState(bundle, early, settings, ports));
  const { bucket, current } = state;
  const { accountId } = parseAccount(current.role.arn);
  ports.onEvent({ type: 'account', accountId, region: settings.region });
  const mustMigrate = ({ lambdaName, runtime }: BundleFunction): boolean => {
    if (runtime !== GO_RUNTIME) return false;
    const existing = current.functionsByLambdaName.get(lambdaName);
    // A migrated program must not return to a runtime that AWS has retired.
    return settings.migrateRuntimes || (existing !== undefined && isMigratedGo(existing));
  };
  const migrated = await migrateRuntimes(verified, mustMigrate, ports.signal);
  const report = (findings: readonly Finding[]): void => {
    for (const finding of findings) ports.onEvent({ type: 'finding', file: bundle.file, finding });
  };
  // Before the plan, which may refuse the deployment.
  report(migrated.findings.all);
  const content = toBundleContent(migrated);
  const compared = await compareAssets(bundle, content.md5ByAssetKey, current.assets, bucket);
  const plan = planResources(
    migrated.bundle,
    content,
    settings,
    { ...current, ...compared },
    new Findings(ports.vocabulary),
  );
  report([...plan.findings, ...findSlowFunctions(bundle, plan, ports)]);
  for (const { spec, takenOver } of plan.functions) {
    if (takenOver === undefined || takenOver.settings.length === 0) continue;
    const { version, settings: texts } = takenOver;
    ports.onEvent({ type: 'settings-taken-over', name: spec.name, version, settings: texts });
  }
  for (const message of deployWarnings(migrated.bundle, plan, state, ports)) {
    ports.onEvent({ type: 'warning', message });
  }
  const run = new DeployRun(migrated.bundle, plan, settings, state, ports);
  return {
    manifest: bundle.manifest,
    plan,
    changes: toChanges(bundle.manifest, plan, settings.policyName, state.mattermost !== undefined),
    async apply(beforeChanges) {
      if (plan.refused.length > 0) throw differenceError(plan.refused);
      await beforeChanges?.();
      return apply(run);
    },
  };
}

/** Java functions that are created with the memory of new functions. */
function findSlowFunctions(
  { functions }: OpenBundle,
  plan: ResourcePlan,
  { vocabulary }: DeployPorts,
): readonly Finding[] {
  const findings = new Findings(vocabulary);
  for (const [index, { action, spec }] of plan.functions.entries()) {
    const item = functions[index];
    if (action === 'create' && item !== undefined) checkJavaMemory(item, spec.settings.memory, findings);
  }
  return findings.all;
}

function hasErrors({ findings }: OpenPartialBundle): boolean {
  return findings.some(({ severity }) => severity === 'error');
}
