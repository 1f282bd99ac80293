import { setTimeout as delay } from 'node:timers/promises';
import { AwsError, errorAnswer, isJsonService } from './errors.js';
import type { Answer } from './exchange.js';
import type { Fault, ServiceName } from './options.js';

/** What the client receives: a response, a broken connection, or nothing. */
export type Reply = Answer | 'reset' | 'silence';

/** Processes a request with a fault. `act` never throws: it returns errors as responses of the service. */
export async function actWithFault(
  fault: Fault | undefined,
  service: ServiceName,
  act: () => Promise<Answer>,
): Promise<Reply> {
  switch (fault?.kind) {
    case 'error':
      return errorAnswer(service, new AwsError(fault.status, fault.code, fault.message));
    case 'resetBefore':
      return 'reset';
    case 'resetAfter':
      await act();
      return 'reset';
    case 'blackHole':
      return 'silence';
    case 'malformed': {
      const answer = await act();
      if (fault.garble !== undefined) return { ...answer, body: fault.garble(String(answer.body ?? '')) };
      return isJsonService(service)
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: '{"FunctionName": ' }
        : { status: 200, headers: { 'content-type': 'text/xml' }, body: '<Response><Broken' };
    }
    case 'delay':
      await delay(fault.milliseconds);
      return act();
    // A stale read is processed with the state before the last change.
    case 'old':
    case undefined:
      return act();
  }
}
