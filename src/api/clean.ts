import type { AccountRemovals } from '../core/clean/plan.js';
import type { CleanPorts } from '../operations/clean/ports.js';
import type { CleanSettings } from '../operations/clean/settings.js';
import { openBucket, openBucketRemoval, openFunctions, openIamRemoval, openIdentity } from './adapters.js';
import { type NameOptions, resolveNames } from './name-options.js';
import { type NetworkContext, type NetworkOptions, resolveNetwork } from './network-options.js';

/** Options of {@link planClean}. */
export interface CleanPlanOptions extends NetworkOptions, NameOptions {
  /**
   * Whether the bucket is removed; that is an error if it is not empty, unless `force` is set.
   *
   * @default false
   */
  readonly removeBucket?: boolean | undefined;
  /**
   * Whether the server loses its access although apps are deployed, and the bucket is removed with everything in it. An
   * execution role that functions use is kept all the same.
   *
   * @default false
   */
  readonly force?: boolean | undefined;
}

/** Options of {@link clean}. */
export interface CleanOptions extends CleanPlanOptions {
  /**
   * Called with the plan when everything has been checked, before anything is removed; what it throws ends the removal.
   * Not called if there is nothing to remove.
   */
  readonly beforeChanges?: ((planned: AccountRemovals) => void | Promise<void>) | undefined;
}

/**
 * Plans {@link clean}, and changes nothing.
 *
 * @throws as {@link clean}
 */
export async function planClean(options: CleanPlanOptions): Promise<AccountRemovals> {
  return (await prepare(options)).planned;
}

/**
 * Removes everything that `init` made, with all that was attached to it since: the server's user with its keys, the group,
 * the invoke policies with their versions, the execution role, and the bucket if `removeBucket` is set. What does not
 * exist is left out, so that a removal that was interrupted can be repeated.
 *
 * @returns what was removed and what was kept
 * @throws AppsctlError CONFLICT if apps are deployed or the bucket is not empty, unless `force` is set; CONFLICT if the
 *   credentials are those of the server, and for what AWS does not delete; ACCESS_DENIED, CREDENTIALS, NETWORK and SERVICE
 *   for requests that failed; USAGE for an invalid option; INTERRUPTED
 */
export async function clean(options: CleanOptions): Promise<AccountRemovals> {
  const { planned, apply } = await prepare(options);
  if (planned.removals.length > 0) await options.beforeChanges?.(planned);
  await apply();
  return planned;
}

async function prepare(options: CleanPlanOptions) {
  const context = await resolveNetwork(options);
  const { vocabulary, connection } = context;
  const { removeBucket = false, force = false } = options;
  const names = resolveNames(options, vocabulary);
  const settings: CleanSettings = { region: connection.region, ...names, removeBucket, force };
  const [{ prepareClean }, ports] = await Promise.all([
    import('../operations/clean/clean.js'),
    openPorts(context),
  ]);
  return prepareClean(settings, ports, connection.credentialsSource);
}

async function openPorts(context: NetworkContext): Promise<CleanPorts> {
  const { clock, signal, onEvent, vocabulary } = context;
  const [identity, iam, functions] = await Promise.all([
    openIdentity(context),
    openIamRemoval(context),
    openFunctions(context),
  ]);
  return {
    ...{ identity, ...iam, functions },
    openBucket: (accountId) => openBucket(context, accountId),
    openBucketRemoval: (accountId) => openBucketRemoval(context, accountId),
    ...{ clock, signal, onEvent, vocabulary },
  };
}
