import { createHash } from 'node:crypto';
import type { OpenBundle } from '../bundle/open-bundle.js';
import type { Clock } from '../core/clock.js';
import { type BundleContent, type DeployPlan, type DeploySettings, planDeploy } from '../core/deploy-plan.js';
import type { EventListener } from '../core/events.js';
import type { FunctionCode } from '../core/function-spec.js';
import { encodeManifest } from '../core/manifest/encode.js';
import { installationWarnings } from '../core/mattermost-plan.js';
import { allSettled } from '../core/parallel.js';
import type { AccessManagement, Bucket, Functions, Mattermost } from '../core/ports.js';
import { apply } from './apply.js';
import { observe, observeAccount } from './observe.js';
import { prepare, type SoundBundle } from './validate.js';

/** What a deployment talks to. */
export interface DeployPorts {
  readonly access: AccessManagement;
  readonly functions: Functions;
  readonly bucket: Bucket;
  /** Undefined for a deployment that Mattermost is not told of. */
  readonly mattermost: Mattermost | undefined;
  readonly clock: Clock;
  /** Stops the deployment at the next point where that is safe. */
  readonly signal: AbortSignal | undefined;
}

/** A deployment that has been planned and not begun. */
export interface PlannedDeployment {
  readonly plan: DeployPlan;
  readonly executeRoleArn: string;
  readonly policyArns: readonly string[];
  /** Does what the plan says. */
  apply(): Promise<void>;
}

/**
 * Reads a bundle and looks at what stands on AWS and in Mattermost; changes nothing. Whatever can be checked without
 * a change is checked here.
 *
 * @param opening a bundle that is being opened; the caller closes it
 * @param onEvent is told of findings now, and of each thing that is done when the plan is applied
 * @returns the plan, to be shown or applied
 * @throws AppsctlError INVALID_BUNDLE for a bundle that is not sound, UNSUPPORTED_RUNTIME for one that AWS cannot
 *   run, DIFFERS for functions that may not be updated, NOT_FOUND for a missing bucket, policy or role, LIMIT when the
 *   invoke policies have no room; the errors of the ports
 */
export async function prepareDeployment(
  opening: Promise<OpenBundle>,
  settings: DeploySettings,
  ports: DeployPorts,
  onEvent: EventListener,
): Promise<PlannedDeployment> {
  // The bundle is opened and read while the answers are on their way; what is wrong with it is told first.
  const account = observeAccount(settings, ports);
  account.catch(() => undefined);
  const bundle = await opening;
  const [sound, observed] = await allSettled(
    prepare(bundle, settings.migrateRuntimes),
    observe(bundle, account, settings, ports),
  );
  const plan = planDeploy(sound.bundle, contentOf(sound), settings, observed);
  for (const finding of [...sound.findings.all, ...plan.findings]) {
    if (finding.severity !== 'note') onEvent({ type: 'finding', file: bundle.file, finding });
  }
  const { mattermost } = ports;
  const warnings = mattermost && installationWarnings(bundle.manifest, plan, mattermost.siteUrl);
  for (const message of warnings ?? []) onEvent({ type: 'warning', message });
  return {
    plan,
    executeRoleArn: observed.role.arn,
    policyArns: observed.policies.map(({ arn }) => arn),
    apply: () => apply(sound.bundle, plan, observed, settings, ports, onEvent),
  };
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
  const manifest = createHash('md5').update(encodeManifest(bundle.manifest)).digest('hex');
  return { code, assets: digests.assets, manifest };
}
