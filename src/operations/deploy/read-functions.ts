import { CONCURRENT_REQUESTS, mapConcurrent } from '../../core/async/concurrency.js';
import type { AppBundle } from '../../core/bundle/bundle.js';
import { settingsFor } from '../../core/deploy/function-settings.js';
import type { FunctionState } from '../../core/deploy/function-spec.js';
import type { DeploySettings } from '../../core/deploy/plan.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { DeployPorts } from './ports.js';

/**
 * Looks up the functions of a bundle on AWS, with the log retention of those that a setting compares it with.
 *
 * @returns the functions that exist, by Lambda name
 */
export async function readFunctions(
  { functions }: AppBundle,
  service: FunctionService,
  settings: DeploySettings,
  ports: Pick<DeployPorts, 'openLogs'>,
): Promise<ReadonlyMap<string, FunctionState>> {
  const states = await mapConcurrent(functions, CONCURRENT_REQUESTS, async ({ name, lambdaName }) => {
    const found = await service.find(lambdaName);
    const { logRetention } = settingsFor(settings.functions, name);
    return found === undefined || logRetention === undefined ? found : readLogRetention(found, ports);
  });
  return new Map(states.flatMap((state) => (state === undefined ? [] : [[state.name, state] as const])));
}

/** Adds the log retention to the state of a function. */
export async function readLogRetention(
  state: FunctionState,
  ports: Pick<DeployPorts, 'openLogs'>,
): Promise<FunctionState> {
  const logs = await ports.openLogs();
  return { ...state, logRetention: await logs.findRetention(state.logGroup) };
}
