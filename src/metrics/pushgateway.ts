import type { Sample } from '../core/deployer/metrics.js';
import { formatMetrics, METRICS_CONTENT_TYPE } from '../core/deployer/metrics-text.js';
import type { PushTarget } from '../core/deployer/pushgateway-url.js';
import type { EventListener } from '../core/diagnostics/event.js';
import { SECOND } from '../core/units.js';
import type { Agents } from '../http/network.js';
import { sendReported } from '../http/request-events.js';
import { HttpError, type HttpResponse } from '../http/send-request.js';

const TIMEOUT_MS = 10 * SECOND;

/** How a Pushgateway is reached. */
export interface PushOptions {
  /** For proxies and own certificates; undefined for those of Node.js. */
  readonly agents: Agents | undefined;
  /** Called for the request, and with a warning if it fails. */
  readonly onEvent: EventListener;
}

/**
 * Sends samples to a Pushgateway, once. Metrics that are not among them keep their earlier samples there. A failure is
 * reported as a warning.
 */
export async function pushMetrics(
  { name, url, authorization }: PushTarget,
  samples: readonly Sample[],
  { agents, onEvent }: PushOptions,
): Promise<void> {
  const warn = (problem: string): void =>
    onEvent({ type: 'warning', message: `the metrics were not sent to ${name}: ${problem}` });
  try {
    const request = {
      method: 'POST',
      url,
      headers: {
        'Content-Type': METRICS_CONTENT_TYPE,
        ...(authorization && { Authorization: authorization }),
      },
      body: formatMetrics(samples),
      timeout: TIMEOUT_MS,
      agents,
    } as const;
    const requestName = { service: 'pushgateway', operation: `POST ${new URL(url).pathname}` } as const;
    const response = await sendReported(request, requestName, onEvent);
    const problem = refusalOf(response);
    if (problem !== undefined) warn(problem);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    warn([`it ${error.message}`, ...(error.hint === undefined ? [] : [error.hint])].join('; '));
  }
}

/** Its text is not repeated: a proxy may respond with the request. */
function refusalOf({ status }: HttpResponse): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status < 400)
    return `it redirects (${status}), which is not followed; use the URL of the Pushgateway itself`;
  if (status === 401 || status === 403)
    return `it responds with ${status}; check the user and the password in its URL`;
  return `it responds with ${status}`;
}
