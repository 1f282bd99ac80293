import type { OpenBundle } from '../../bundle/open-bundle.js';
import { settleAll } from '../../core/async/concurrency.js';
import { parseAccount } from '../../core/aws/arn.js';
import { GO_RUNTIME } from '../../core/aws/runtimes.js';
import type { BundleFunction } from '../../core/bundle/bundle.js';
import type { FunctionCode, FunctionState } from '../../core/deploy/function-spec.js';
import { installationWarnings } from '../../core/deploy/mattermost-plan.js';
import {
  type BundleContent,
  type DeployPlan,
  type DeploySettings,
  planDeploy,
} from '../../core/deploy/plan.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { isBucketReadable } from '../../core/policy/policy-templates.js';
import { migrateRuntimes, type VerifiedBundle, verifyForDeploy } from '../validate.js';
import { apply } from './apply.js';
import { findIdenticalAssets } from './compare-assets.js';
import { type DeployState, readState, startReading } from './current-state.js';
import { type DeployResult, DeployRun } from './deploy-run.js';
import type { DeployPorts } from './ports.js';

/** A deployment that has been planned and not begun. */
export interface PlannedDeployment {
  readonly manifest: Manifest;
  readonly plan: DeployPlan;
  /** Does what the plan says. */
  apply(): Promise<DeployResult>;
}

/**
 * Reads a bundle and what is on AWS and in Mattermost; changes nothing. Whatever can be checked without a change is
 * checked here.
 *
 * @param open opens the bundle; the caller closes it
 * @returns the plan, to be shown or applied
 * @throws AppsctlError INVALID_BUNDLE for a bundle that is not valid, UNSUPPORTED_RUNTIME for one that AWS cannot
 *   run, DIFFERS for functions that may not be updated, NOT_FOUND for a missing bucket, policy or role, LIMIT when the
 *   invoke policies have no room; the errors of the ports
 */
export async function prepareDeployment(
  open: () => Promise<OpenBundle>,
  settings: DeploySettings,
  ports: DeployPorts,
): Promise<PlannedDeployment> {
  // These answers are on their way while the bundle is opened and read; errors of the bundle are reported first.
  const early = startReading(settings, ports);
  const bundle = await open();
  const [verified, state] = await settleAll(
    verifyForDeploy(bundle, ports.signal),
    readState(bundle, early, settings, ports),
  );
  const { bucket, current } = state;
  const isToMigrate = ({ lambdaName, runtime }: BundleFunction): boolean =>
    runtime === GO_RUNTIME &&
    (settings.migrateRuntimes || isMigrated(current.functionsByLambdaName.get(lambdaName)));
  const sound = await migrateRuntimes(verified, isToMigrate, ports.signal);
  const content = toBundleContent(sound);
  const identicalAssets = await findIdenticalAssets(bundle, content.md5ByAssetKey, current.assets, bucket);
  const plan = planDeploy(sound.bundle, content, settings, { ...current, identicalAssets });
  report(sound, plan, state, ports);
  const run = new DeployRun(sound.bundle, plan, settings, state, ports);
  return { manifest: bundle.manifest, plan, apply: () => apply(run) };
}

/** Whether a Go program already runs on a current runtime: it must not go back to one that AWS has retired. */
function isMigrated(current: FunctionState | undefined): boolean {
  return current?.handler === 'bootstrap' && current.runtime.startsWith('provided');
}

function toBundleContent({ bundle, digests }: VerifiedBundle): BundleContent {
  const codeByFunctionName = new Map<string, FunctionCode>();
  for (const { name, archive } of bundle.functions) {
    codeByFunctionName.set(name, {
      sha256Base64: digests.functions.get(name) ?? '',
      size: archive.size,
      read: () => bundle.read(archive),
      chunks: () => bundle.chunks(archive),
    });
  }
  return { codeByFunctionName, md5ByAssetKey: digests.assets };
}

/** Reports what is worth knowing before anything is changed. */
function report(
  { bundle, findings }: VerifiedBundle,
  plan: DeployPlan,
  { bucket, current, invokePlan, mattermost }: DeployState,
  { onEvent, words }: DeployPorts,
): void {
  for (const finding of [...findings.all, ...plan.findings]) {
    if (finding.severity !== 'note') onEvent({ type: 'finding', file: bundle.file, finding });
  }
  const installing = mattermost && installationWarnings(bundle.manifest, plan, mattermost.siteUrl, words);
  for (const message of installing ?? []) onEvent({ type: 'warning', message });
  for (const message of [...leftovers(plan), ...failedUpdates(plan)]) onEvent({ type: 'warning', message });
  const { partition } = parseAccount(current.role.arn);
  const documents = invokePlan.family.map(({ document }) => document);
  if (isBucketReadable(documents, bucket.name, partition)) return;
  const message = `policy ${invokePlan.family[0].name} does not let the server read bucket ${bucket.name}: prepare it with aws init --create`;
  onEvent({ type: 'warning', message });
}

/** What an earlier bundle of the same version had, and this one has not. */
function* leftovers({ leftoverFunctions, leftoverAssets }: DeployPlan): Generator<string> {
  for (const name of leftoverFunctions)
    yield `function ${name} is not in the bundle any more: it stays on AWS, and the server may still invoke it`;
  const [first] = leftoverAssets;
  if (first === undefined) return;
  const [are, they] =
    leftoverAssets.length === 1
      ? ['is', 'it stays']
      : [`and ${leftoverAssets.length - 1} more are`, 'they stay'];
  yield `asset ${first} ${are} not in the bundle any more: ${they} in the bucket, and the server still serves ${they === 'it stays' ? 'it' : 'them'}`;
}

/** A function whose last update failed is as it was before that, whatever its configuration says. */
function* failedUpdates({ functions }: DeployPlan): Generator<string> {
  for (const { action, spec, current } of functions) {
    if (action === 'unchanged' && current?.updateFailure !== undefined)
      yield `the last update of function ${spec.name} failed: ${current.updateFailure}`;
  }
}
