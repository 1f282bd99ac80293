import type { ListenAddress } from '../core/deployer/listen-address.js';
import { checkHealth, DEFAULT_INTERVAL_MS, isPeriod, PERIOD_FORM } from '../core/deployer/period.js';
import type { BundleStatus, PassReport, PlannedBundle } from '../core/deployer/report.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { UnreadableBundle } from '../operations/deployer/read-bundles.js';
import type { RetriedBundle } from '../operations/deployer/retry-bundles.js';
import { findAccount } from './adapters.js';
import { invalidOption, resolveConnection } from './connection.js';
import {
  checkBaseOptions,
  type DeployerBaseOptions,
  type DeployerOptions,
  type DeployerPlanOptions,
} from './deployer-options.js';
import { openBundles, openDeployer } from './open-deployer.js';

export type { RetriedBundle, UnreadableBundle };

/** Options of {@link watchDeployer}. */
export interface WatchOptions extends DeployerOptions {
  /**
   * The pause between two passes, which varies by 10 %: milliseconds, from 10 seconds to a day.
   *
   * @default 5 minutes
   */
  readonly interval?: number | undefined;
  /**
   * Where the pages `/metrics` and `/healthz` are served, over http.
   *
   * @default nowhere
   */
  readonly listen?: ListenAddress | undefined;
}

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
  const { settings, ports, metrics } = await openDeployer(options);
  const [{ runPass }, { recordPass }] = await Promise.all([
    import('../operations/deployer/run-pass.js'),
    import('../operations/deployer/record-pass.js'),
  ]);
  await metrics.check();
  const runOnePass = (): Promise<PassReport> => runPass(settings, ports, options.beforeChanges);
  return recordPass(runOnePass, { ...ports, metrics });
}

/**
 * Makes one pass after the other, as {@link runDeployer} does, until the signal is aborted. A pass that fails is an event
 * and does not end it; people are told of it once, when its error changes, once a day, and when passes work again.
 *
 * @returns never
 * @throws AppsctlError USAGE for an invalid option, CONFLICT when the port is in use; INTERRUPTED in the end
 */
export async function watchDeployer(options: WatchOptions): Promise<never> {
  const { interval = DEFAULT_INTERVAL_MS, listen } = options;
  if (!isPeriod(interval)) throw invalidOption('interval', String(interval), PERIOD_FORM);
  const { settings, ports, metrics } = await openDeployer(options, true);
  const { clock, signal } = ports;
  const [{ startMetricsServer }, { watchDeployments }] = await Promise.all([
    import('../metrics/metrics-server.js'),
    import('../operations/deployer/watch.js'),
  ]);
  await metrics.check();
  const startedAt = clock.now();
  const pages = {
    metrics: () => metrics.text(),
    health: () => {
      const times = { startedAt, endedAt: metrics.lastEnd(), interval, maxDuration: settings.maxDurationMs };
      return checkHealth(times, clock.now());
    },
  };
  const server = listen && (await startMetricsServer(listen, pages, signal));
  try {
    return await watchDeployments(
      settings,
      interval,
      { ...ports, metrics, random: Math.random },
      options.beforeChanges,
    );
  } finally {
    server?.close();
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
  if (keys !== 'all' && keys.includes('')) throw new AppsctlError('USAGE', 'a key is empty');
  const { onEvent = () => {} } = options;
  const context = await resolveConnection(options);
  const account = await findAccount(context);
  onEvent({ type: 'account', accountId: account.accountId, region: context.connection.region });
  const bucket = await openBundles(options.bundles, context, account);
  const operation = await import('../operations/deployer/retry-bundles.js');
  const {
    environment,
    bundles: { prefix = '' },
    beforeChanges,
  } = options;
  return operation.retryBundles(bucket, { prefix, environment }, keys, context, beforeChanges);
}
