import { createTemporaryFile } from '../bundle/temporary-file.js';
import { type Account, parseAccount } from '../core/aws/arn.js';
import { leaseKey } from '../core/aws/resource-names.js';
import type { EventListener } from '../core/diagnostics/event.js';
import type { BundleBucket } from '../core/ports/bundle-bucket.js';
import { NO_APP_SETTINGS } from '../core/settings/app-settings.js';
import type { CollectedMetrics } from '../metrics/open-metrics.js';
import type { DeployPorts } from '../operations/deploy/ports.js';
import type { DeployerAccess, DeployerPorts } from '../operations/deployer/ports.js';
import type { DeployerSettings } from '../operations/deployer/settings.js';
import {
  assumeRole,
  findAccount,
  openBundleBucket,
  openIdentity,
  openMetrics,
  openNotifier,
} from './adapters.js';
import { checkOptions, type PlanOptions, toDeploySettings } from './deploy-options.js';
import { openSharedDeployPorts } from './deploy-ports.js';
import {
  type BundleBucketOptions,
  type DeployerOptions,
  type DeployerPlanOptions,
  toDeployerSettings,
} from './deployer-options.js';
import { withLocalDeployment } from './local-deployment.js';
import { type NetworkContext, resolveNetwork } from './network-options.js';

/** A deployer: what it deploys, and what it works with. */
interface Deployer {
  readonly settings: DeployerSettings;
  readonly ports: DeployerPorts;
  readonly metrics: CollectedMetrics;
}

/**
 * Checks the options and opens what a deployer works with. Sends no request yet.
 *
 * @param isLoop whether it makes one pass after the other
 * @throws AppsctlError USAGE for an invalid option; INVALID_VARIABLE, MISSING_VARIABLE, CREDENTIALS
 */
export async function openDeployer(options: DeployerOptions, isLoop = false): Promise<Deployer> {
  const settings = toDeployerSettings(options);
  checkOptions(toPlanOptions(options));
  const context = await resolveNetwork(options);
  const { clock, signal, process } = context;
  const { onEvent = () => {} } = options;
  const [notifier, metrics] = await Promise.all([
    openNotifier(context, options.webhooks ?? {}, onEvent),
    openMetrics(context, { ...options.metrics, environment: settings.environment, isLoop }),
  ]);
  const ports = {
    ...{ clock, signal, onEvent, process, notifier },
    toldFailures: new Map(),
    openAccess: () => openAccess(options, settings, context),
  };
  return { settings, ports, metrics };
}

async function openAccess(
  options: DeployerPlanOptions,
  { environment, prefix, temporaryFolder }: DeployerSettings,
  context: NetworkContext,
): Promise<DeployerAccess> {
  // Every bundle needs it, so none is at fault if there is none.
  await (await createTemporaryFile(temporaryFolder)).remove();
  const plan = toPlanOptions(options);
  const deploySettings = toDeploySettings(plan, NO_APP_SETTINGS, context);
  const identity = await (await openIdentity(context)).arn();
  const account = parseAccount(identity);
  const { region } = context.connection;
  // A deployer gets its credentials from where it runs: its log says which these are.
  context.onEvent({ type: 'account', accountId: account.accountId, region, identity });
  const [bundles, ports, { checkTarget }] = await Promise.all([
    openBundles(options.bundles, context, account),
    openSharedDeployPorts(context, plan),
    import('../operations/deploy/current-state.js'),
  ]);
  await bundles.check(prefix);
  await checkTarget(deploySettings, ports);
  const leases = await ports.openBucket(account.accountId);
  // Shows whether the bucket can be listed: a dry run takes no lease, and the deployment of a bundle is too late.
  await leases.list(leaseKey(environment));
  return { bundles, leases, withDeployment: deployWith(plan, context, ports) };
}

/**
 * Opens the bucket of the bundles, with its role and its owner.
 *
 * @param account that of the credentials, if it is known
 */
export async function openBundles(
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

/** The options of a deployment, whose `environment` is one of a settings file, which bundles do not have. */
function toPlanOptions({ environment: _environment, ...options }: DeployerPlanOptions): PlanOptions {
  return options;
}

function deployWith(
  options: PlanOptions,
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
      { ...options, ...own },
      { ...context, ...own },
      async () => ({ ...ports, ...own }),
      work,
    );
  };
}
