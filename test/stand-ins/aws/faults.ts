import { setTimeout as delay } from 'node:timers/promises';
import { AwsError, errorAnswer } from './errors.js';
import type { Answer } from './exchange.js';
import type { Fault, ServiceName } from './options.js';

/** What goes back over the wire: an answer, a broken connection, or nothing for ever. */
export type Reply = Answer | 'reset' | 'silence';

/** Lets a request act, or not, as a fault says. `act` never throws: it answers errors as the service does. */
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
      return service === 'lambda'
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: '{"FunctionName": ' }
        : { status: 200, headers: { 'content-type': 'text/xml' }, body: '<Response><Broken' };
    }
    case 'delay':
      await delay(fault.milliseconds);
      return act();
    // What acts is the request as it would have been before the last change.
    case 'old':
    case undefined:
      return act();
  }
}
