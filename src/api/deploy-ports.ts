import { guessAccount } from '../core/aws/guess-account.js';
import type { LogService } from '../core/ports/logs.js';
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
  let logs: Promise<LogService> | undefined;
  return {
    ...{ roles, policies },
    openFunctions: () => openFunctions(context),
    openLogs: () => {
      logs ??= openLogs(context);
      return logs;
    },
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
