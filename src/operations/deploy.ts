import type { OpenBundle } from '../bundle/open-bundle.js';
import type { BundleFunction } from '../core/app-bundle/bundle.js';
import { type Account, accountOf } from '../core/arn.js';
import type { Clock } from '../core/clock.js';
import { type BundleContent, type DeployPlan, type DeploySettings, planDeploy } from '../core/deploy-plan.js';
import type { EventListener } from '../core/events.js';
import type { FunctionCode, FunctionState } from '../core/function-spec.js';
import type { Manifest } from '../core/manifest/manifest.js';
import { installationWarnings } from '../core/mattermost-plan.js';
import { allSettled } from '../core/parallel.js';
import { isBucketReadable } from '../core/policy-templates.js';
import type {
  ConditionalStore,
  Functions,
  Mattermost,
  ObjectStore,
  Policies,
  Roles,
  UploadStore,
} from '../core/ports.js';
import type { ProcessIdentity } from '../core/process-identity.js';
import { GO_RUNTIME } from '../core/runtimes.js';
import { apply } from './apply.js';
import { findSameAssets } from './compare-assets.js';
import { type DeployResult, DeployRun } from './deploy-run.js';
import { type DeployState, readState, startReading } from './read-state.js';
import { migrateRuntimes, type SoundBundle, verifyForDeploy } from './validate.js';

/** A bucket as a deployment uses it. */
export type DeployBucket = ObjectStore & ConditionalStore & UploadStore;

/** What a deployment talks to. */
export interface DeployPorts {
  readonly roles: Pick<Roles, 'findRole'>;
  readonly policies: Policies;
  /** The adapters that are opened are loaded only then, while the first answers are on their way. */
  openFunctions(): Promise<Functions>;
  /** The bucket, as one that belongs to the account: requests fail if it belongs to another one. */
  openBucket(accountId: string): Promise<DeployBucket>;
  /** The account, if the credentials show it: only to ask earlier, as the role shows it for certain. */
  readonly likelyAccount: Account | undefined;
  /** Undefined for a deployment without a Mattermost server. */
  openMattermost(): Promise<Mattermost | undefined>;
  readonly clock: Clock;
  readonly process: ProcessIdentity;
  /** Stops the deployment at the next point where that is safe. */
  readonly signal: AbortSignal | undefined;
  /** Is called with findings, waits, and each thing that is done. */
  readonly onEvent: EventListener;
}

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
  const [verified, state] = await allSettled(
    verifyForDeploy(bundle, ports.signal),
    readState(bundle, early, settings, ports),
  );
  const { bucket, current } = state;
  const isToMigrate = ({ lambdaName, runtime }: BundleFunction): boolean =>
    runtime === GO_RUNTIME && (settings.migrateRuntimes || isMigrated(current.functions.get(lambdaName)));
  const sound = await migrateRuntimes(verified, isToMigrate, ports.signal);
  const content = contentOf(sound);
  const sameAssets = await findSameAssets(bundle, content.assets, current.assets, bucket);
  const plan = planDeploy(sound.bundle, content, settings, { ...current, sameAssets });
  report(sound, plan, state, ports);
  const run = new DeployRun(sound.bundle, plan, settings, state, ports);
  return { manifest: bundle.manifest, plan, apply: () => apply(run) };
}

/** Whether a Go program already runs on a current runtime: it must not go back to one that AWS has retired. */
function isMigrated(current: FunctionState | undefined): boolean {
  return current?.handler === 'bootstrap' && current.runtime.startsWith('provided');
}

function contentOf({ bundle, digests }: SoundBundle): BundleContent {
  const code = new Map<string, FunctionCode>();
  for (const { name, archive } of bundle.functions) {
    const sha256 = digests.functions.get(name) ?? '';
    code.set(name, {
      sha256,
      size: archive.size,
      read: () => bundle.read(archive),
      chunks: () => bundle.chunks(archive),
    });
  }
  return { code, assets: digests.assets };
}

/** Reports what is worth knowing before anything is changed. */
function report(
  { bundle, findings }: SoundBundle,
  plan: DeployPlan,
  { bucket, current, invokePlan, mattermost }: DeployState,
  { onEvent }: DeployPorts,
): void {
  for (const finding of [...findings.all, ...plan.findings]) {
    if (finding.severity !== 'note') onEvent({ type: 'finding', file: bundle.file, finding });
  }
  const installing = mattermost && installationWarnings(bundle.manifest, plan, mattermost.siteUrl);
  for (const message of installing ?? []) onEvent({ type: 'warning', message });
  for (const message of [...leftovers(plan), ...failedUpdates(plan)]) onEvent({ type: 'warning', message });
  const { partition } = accountOf(current.role.arn);
  const documents = invokePlan.family.map(({ document }) => document);
  if (isBucketReadable(documents, bucket.name, partition)) return;
  const message = `policy ${invokePlan.family[0].name} does not let the server read bucket ${bucket.name}: prepare it with aws init --create`;
  onEvent({ type: 'warning', message });
}

/** What an earlier bundle of the same version had, and this one has not. */
function* leftovers({ leftFunctions, leftAssets }: DeployPlan): Generator<string> {
  for (const name of leftFunctions)
    yield `function ${name} is not in the bundle any more: it stays on AWS, and the server may still invoke it`;
  const [first] = leftAssets;
  if (first === undefined) return;
  const [are, they] =
    leftAssets.length === 1 ? ['is', 'it stays'] : [`and ${leftAssets.length - 1} more are`, 'they stay'];
  yield `asset ${first} ${are} not in the bundle any more: ${they} in the bucket, and the server still serves ${they === 'it stays' ? 'it' : 'them'}`;
}

/** A function whose last update failed is as it was before that, whatever its configuration says. */
function* failedUpdates({ functions }: DeployPlan): Generator<string> {
  for (const { action, spec, current } of functions) {
    if (action === 'unchanged' && current?.updateFailure !== undefined)
      yield `the last update of function ${spec.name} failed: ${current.updateFailure}`;
  }
}
