import type { OpenBundle } from '../../bundle/open-bundle.js';
import { settleAll } from '../../core/async/concurrency.js';
import { GO_RUNTIME } from '../../core/aws/runtimes.js';
import type { BundleFunction } from '../../core/bundle/bundle.js';
import type { FunctionCode, FunctionState } from '../../core/deploy/function-spec.js';
import {
  type BundleContent,
  type DeploySettings,
  planResources,
  type ResourcePlan,
} from '../../core/deploy/plan.js';
import { Findings } from '../../core/diagnostics/findings.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { apply } from './apply.js';
import { findIdenticalAssets } from './compare-assets.js';
import { readCurrentState, startReading } from './current-state.js';
import { type AppliedDeployment, DeployRun } from './deploy-run.js';
import { deployWarnings } from './deploy-warnings.js';
import { migrateRuntimes } from './migrate-runtimes.js';
import type { DeployPorts } from './ports.js';
import { type VerifiedBundle, verifyForDeploy } from './verify-for-deploy.js';

/** A deployment that is ready to be applied: everything has been checked and planned, and nothing changed. */
export interface PreparedDeployment {
  readonly manifest: Manifest;
  readonly plan: ResourcePlan;
  /** Carries out the plan. */
  apply(): Promise<AppliedDeployment>;
}

/**
 * Reads a bundle and the current state, and plans the deployment. Changes nothing, but checks everything that can be
 * checked without a change.
 *
 * @param open opens the bundle; the caller closes it
 * @returns the plan, to be shown or applied
 * @throws AppsctlError INVALID_BUNDLE for a bundle that is not valid, UNSUPPORTED_RUNTIME when AWS no longer accepts a
 *   runtime, DIFFERS when functions differ and must not be updated, NOT_FOUND for a missing bucket, policy or role,
 *   LIMIT when the invoke policies are full; the errors of the ports
 */
export async function prepareDeployment(
  open: () => Promise<OpenBundle>,
  settings: DeploySettings,
  ports: DeployPorts,
): Promise<PreparedDeployment> {
  // These requests are sent while the bundle is opened and read; the errors of the bundle are reported first.
  const early = startReading(settings, ports);
  const bundle = await open();
  const [verified, state] = await settleAll(
    verifyForDeploy(bundle, ports.signal),
    readCurrentState(bundle, early, settings, ports),
  );
  const { bucket, current } = state;
  const mustMigrate = ({ lambdaName, runtime }: BundleFunction): boolean =>
    runtime === GO_RUNTIME &&
    (settings.migrateRuntimes || isMigrated(current.functionsByLambdaName.get(lambdaName)));
  const migrated = await migrateRuntimes(verified, mustMigrate, ports.signal);
  const content = toBundleContent(migrated);
  const identicalAssets = await findIdenticalAssets(bundle, content.md5ByAssetKey, current.assets, bucket);
  const plan = planResources(
    migrated.bundle,
    content,
    settings,
    { ...current, identicalAssets },
    new Findings(ports.vocabulary),
  );
  for (const finding of [...migrated.findings.all, ...plan.findings]) {
    if (finding.severity !== 'note') ports.onEvent({ type: 'finding', file: migrated.bundle.file, finding });
  }
  for (const { spec, takenOver } of plan.functions) {
    if (takenOver === undefined || takenOver.settings.length === 0) continue;
    ports.onEvent({ type: 'settings-taken-over', name: spec.name, ...takenOver });
  }
  for (const message of deployWarnings(migrated.bundle, plan, state, ports)) {
    ports.onEvent({ type: 'warning', message });
  }
  const run = new DeployRun(migrated.bundle, plan, settings, state, ports);
  return { manifest: bundle.manifest, plan, apply: () => apply(run) };
}

/** Whether a Go program already runs on a current runtime: it must not return to one that AWS has retired. */
function isMigrated(current: FunctionState | undefined): boolean {
  return current?.handler === 'bootstrap' && current.runtime.startsWith('provided');
}

function toBundleContent({ bundle, digests }: VerifiedBundle): BundleContent {
  const code = bundle.functions.flatMap(({ name, archive }): [string, FunctionCode][] => {
    const sha256Base64 = digests.functions.get(name);
    const read = () => bundle.read(archive);
    const chunks = () => bundle.chunks(archive);
    return sha256Base64 === undefined ? [] : [[name, { sha256Base64, size: archive.size, read, chunks }]];
  });
  return { codeByFunctionName: new Map(code), md5ByAssetKey: digests.assets };
}
