import { guessAccount } from '../core/aws/guess-account.js';
import type { DeployPorts } from '../operations/deploy/ports.js';
import { openBucket, openFunctions, openIam, openLogs, openMattermost } from './adapters.js';
import type { PlanOptions } from './deploy-options.js';
import type { NetworkContext } from './network-options.js';

/** Opens what a deployment uses. */
export async function openDeployPorts(
  context: NetworkContext,
  { mattermost }: PlanOptions,
): Promise<DeployPorts> {
  const { connection, process, clock, signal, onEvent, vocabulary } = context;
  const { roles, policies } = await openIam(context);
  return {
    ...{ roles, policies },
    openFunctions: () => openFunctions(context),
    openLogs: once(() => openLogs(context)),
    openBucket: (accountId) => openBucket(context, accountId),
    // Only a plain access key has an id to guess from.
    likelyAccount:
      typeof connection.credentials === 'object'
        ? guessAccount(connection.credentials.accessKeyId, connection.region)
        : undefined,
    openMattermost: async () => mattermost && openMattermost(context, mattermost),
    ...{ clock, process, signal, onEvent, vocabulary },
  };
}

/** The same for several deployments to one account, which share connections and the limits of requests in a second. */
export async function openSharedDeployPorts(
  context: NetworkContext,
  options: PlanOptions,
): Promise<DeployPorts> {
  const ports = await openDeployPorts(context, options);
  return {
    ...ports,
    openFunctions: once(ports.openFunctions),
    openBucket: once(ports.openBucket),
    openMattermost: once(ports.openMattermost),
  };
}

/** Opens something when it is first needed, and returns the same again from then on. */
function once<Args extends unknown[], Result>(
  open: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  let opening: Promise<Result> | undefined;
  return (...args) => {
    opening ??= open(...args);
    return opening;
  };
}
