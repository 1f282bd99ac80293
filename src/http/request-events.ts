import type { AppsctlEvent, EventListener } from '../core/diagnostics/event.js';
import { HttpError, type HttpRequest, type HttpResponse, sendRequest } from './send-request.js';

/** How the event of a request names it. */
export type RequestName = Pick<Extract<AppsctlEvent, { type: 'request' }>, 'service' | 'operation'>;

/**
 * Measures a request from now on.
 *
 * @returns emits its event: takes a status, or a code for a failure without one
 */
export function measureRequest(name: RequestName, onEvent: EventListener): (outcome: string) => void {
  const start = performance.now();
  return (outcome) =>
    onEvent({ type: 'request', ...name, outcome, milliseconds: Math.round(performance.now() - start) });
}

/**
 * Sends a request as {@link sendRequest} does, and emits its event.
 *
 * @throws HttpError when there is no complete response
 */
export async function sendReported(
  request: HttpRequest,
  name: RequestName,
  onEvent: EventListener,
): Promise<HttpResponse> {
  const report = measureRequest(name, onEvent);
  try {
    const response = await sendRequest(request);
    report(String(response.status));
    return response;
  } catch (error) {
    if (error instanceof HttpError) report(error.code);
    throw error;
  }
}
