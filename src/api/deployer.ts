import { type Account, parseAccount } from '../core/aws/arn.js';
import type { BundleStatus, PassReport, PlannedBundle } from '../core/deployer/report.js';
import type { EventListener } from '../core/diagnostics/event.js';
import type { BundleBucket } from '../core/ports/bundle-bucket.js';
import { NO_APP_SETTINGS } from '../core/settings/app-settings.js';
import type { DeployPorts } from '../operations/deploy/ports.js';
import type { DeployerAccess, DeployerPorts } from '../operations/deployer/ports.js';
import type { UnreadableBundle } from '../operations/deployer/read-bundles.js';
import type { RetriedBundle } from '../operations/deployer/retry-bundles.js';
import { assumeRole, findAccount, openBundleBucket, openNotifier } from './adapters.js';
import { resolveConnection } from './connection.js';
import { checkOptions, type PlanOptions, toDeploySettings } from './deploy-options.js';
import { openDeployPorts } from './deploy-ports.js';
import {
  type BundleBucketOptions,
  checkBaseOptions,
  type DeployerBaseOptions,
  type DeployerOptions,
  type DeployerPlanOptions,
  toDeployerSettings,
} from './deployer-options.js';
import { withLocalDeployment } from './local-deployment.js';
import { type NetworkContext, resolveNetwork } from './network-options.js';

export type {
  BundleBucketOptions,
  BundleStatus,
  DeployerBaseOptions,
  DeployerOptions,
  DeployerPlanOptions,
  PassReport,
  PlannedBundle,
  RetriedBundle,
  UnreadableBundle,
};

/** Options of {@link retryBundles}. */
export interface RetryOptions extends DeployerBaseOptions {
  /** Called once all bundles are known to exist, before anything is changed; what it throws ends it. */
  readonly beforeChanges?: (() => void) | undefined;
}

/**
 * Deploys the bundles of a bucket that are new or to be tried again, in one pass: each as `deploy` does, and without a
 * Mattermost server to AWS alone. What has happened to a bundle is held in the tags of its object. Only one pass of an
 * environment runs at a time; the app version of a bundle that is deployed already with other content is refused unless
 * `update` is set.
 *
 * @returns what was done: bundles that failed are in `failed`, and no reason to reject
 * @throws AppsctlError what stops the whole pass: USAGE for an invalid option; CREDENTIALS, ACCESS_DENIED and NOT_FOUND for
 *   what every bundle needs; NETWORK and SERVICE; CONFLICT when the lease is lost; INTERRUPTED at a safe point
 */
export async function runDeployer(options: DeployerOptions): Promise<PassReport> {
  const { settings, ports } = await openDeployer(options);
  const { runPass } = await import('../operations/deployer/run-pass.js');
  try {
    return await runPass(settings, ports, options.beforeChanges);
  } finally {
    await ports.notifier.flush();
  }
}

/**
 * Plans what {@link runDeployer} would do now. Changes nothing: no tag, no lease, no message.
 *
 * @returns the bundles that it would try, in their order
 * @throws AppsctlError as {@link runDeployer}
 */
export async function planBundles(options: DeployerPlanOptions): Promise<PlannedBundle[]> {
  const { settings, ports } = await openDeployer(options);
  const { planPass } = await import('../operations/deployer/plan-pass.js');
  return planPass(settings, ports);
}

/** The bundles of a bucket. */
export interface BundleListing {
  /** The oldest first. */
  readonly bundles: readonly BundleStatus[];
  /** Those whose tags cannot be read. */
  readonly unreadable: readonly UnreadableBundle[];
}

/**
 * Lists the bundles of the bucket with their states. Changes nothing.
 *
 * @throws AppsctlError USAGE for an invalid option; NOT_FOUND, ACCESS_DENIED, CREDENTIALS, NETWORK, SERVICE
 */
export async function listBundles(options: DeployerBaseOptions): Promise<BundleListing> {
  checkBaseOptions(options);
  const context = await resolveConnection(options);
  const bucket = await openBundles(options.bundles, context);
  const { readBundles } = await import('../operations/deployer/read-bundles.js');
  const { environment } = options;
  const { prefix = '' } = options.bundles;
  const { bundles, unreadable } = await readBundles(bucket, { prefix, environment }, context.signal);
  return { bundles: bundles.map(({ upload: _upload, tags: _tags, ...status }) => status), unreadable };
}

/**
 * Lets the next pass try bundles again that have failed, as if they were new.
 *
 * @param keys of the bundles; `all` for those that have failed
 * @throws AppsctlError NOT_FOUND naming every key that does not exist, before anything is changed; USAGE, ACCESS_DENIED,
 *   CONFLICT, CREDENTIALS, NETWORK, SERVICE, INTERRUPTED
 */
export async function retryBundles(
  keys: readonly string[] | 'all',
  options: RetryOptions,
): Promise<RetriedBundle[]> {
  checkBaseOptions(options);
  const context = await resolveConnection(options);
  const bucket = await openBundles(options.bundles, context);
  const operation = await import('../operations/deployer/retry-bundles.js');
  const {
    environment,
    bundles: { prefix = '' },
    beforeChanges,
  } = options;
  return operation.retryBundles(bucket, { prefix, environment }, keys, context, beforeChanges);
}

/** Opens the bucket of the bundles, with its role and its owner. */
async function openBundles(
  { name, roleArn, externalId, owner }: BundleBucketOptions,
  context: Pick<NetworkContext, 'connection'>,
  account?: Account,
): Promise<BundleBucket> {
  const { connection } = context;
  if (roleArn !== undefined) {
    const inRole = await assumeRole(connection, { arn: roleArn, externalId });
    return openBundleBucket(inRole, name, owner ?? parseAccount(roleArn).accountId);
  }
  return openBundleBucket(connection, name, owner ?? (account ?? (await findAccount(context))).accountId);
}

async function openDeployer(options: DeployerOptions) {
  const settings = toDeployerSettings(options);
  checkOptions(toPlanOptions(options));
  const context = await resolveNetwork(options);
  const deploySettings = toDeploySettings(toPlanOptions(options), NO_APP_SETTINGS, context);
  const { clock, signal, process } = context;
  const { onEvent = () => {} } = options;
  const ports: DeployerPorts = {
    ...{ clock, signal, onEvent, process },
    notifier: await openNotifier(context, options.webhooks ?? {}, onEvent),
    async openAccess() {
      const account = await findAccount(context);
      onEvent({ type: 'account', accountId: account.accountId, region: context.connection.region });
      const [bundles, shared, { checkTarget }] = await Promise.all([
        openBundles(options.bundles, context, account),
        openDeployPorts(context, toPlanOptions(options)).then(shareAdapters),
        import('../operations/deploy/current-state.js'),
      ]);
      await bundles.check(settings.prefix);
      await checkTarget(deploySettings, shared);
      const leases = await shared.openBucket(account.accountId);
      return { bundles, leases, withDeployment: deployWith(options, context, shared) };
    },
  };
  return { settings, ports };
}

/** The options of a deployment, whose `environment` is one of a settings file, which bundles do not have. */
function toPlanOptions({ environment: _environment, ...options }: DeployerPlanOptions): PlanOptions {
  return options;
}

/** All deployments of a pass share connections, and the limits of requests in a second. */
function shareAdapters(ports: DeployPorts): DeployPorts {
  const once = <Args extends unknown[], Result>(open: (...args: Args) => Promise<Result>) => {
    let opening: Promise<Result> | undefined;
    return (...args: Args): Promise<Result> => {
      opening ??= open(...args);
      return opening;
    };
  };
  return {
    ...ports,
    openFunctions: once(ports.openFunctions),
    openBucket: once(ports.openBucket),
    openMattermost: once(ports.openMattermost),
  };
}

function deployWith(
  options: DeployerPlanOptions,
  context: NetworkContext,
  ports: DeployPorts,
): DeployerAccess['withDeployment'] {
  return (bundle, { onEvent, signal }, work) => {
    // The account is that of the pass, and has been reported.
    const listener: EventListener = (event) => {
      if (event.type !== 'account') onEvent(event);
    };
    const own = { onEvent: listener, signal };
    return withLocalDeployment(
      bundle,
      { ...toPlanOptions(options), ...own },
      { ...context, ...own },
      async () => ({ ...ports, ...own }),
      work,
    );
  };
}
