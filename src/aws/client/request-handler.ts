import type { Timeouts } from '../../core/timeouts.js';
import { MINUTE } from '../../core/units.js';
import type { HttpNetwork } from '../../http/network.js';

/** The limit for a whole request, however slowly its bytes arrive. */
export const REQUEST_TIMEOUT_MS = 15 * MINUTE;

/** How requests to AWS are sent. */
export interface RequestSettings {
  readonly timeouts: Timeouts;
  /** Undefined for direct connections and the certificates that Node.js trusts. */
  readonly network?: HttpNetwork | undefined;
}

/**
 * The options of the HTTP handler of an SDK client.
 *
 * @param maxSockets the number of connections to one host
 */
export function requestHandlerOptions({ timeouts, network }: RequestSettings, maxSockets = 50) {
  const agents = network?.createAgents(maxSockets);
  return {
    connectionTimeout: timeouts.connect,
    socketTimeout: timeouts.idle,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpAgent: agents?.http ?? { maxSockets },
    httpsAgent: agents?.https ?? { maxSockets },
  };
}
