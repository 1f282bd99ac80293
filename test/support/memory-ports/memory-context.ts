import type { ProcessIdentity } from '../../../src/core/async/process-identity.js';
import type { AppsctlEvent } from '../../../src/core/diagnostics/event.js';
import { FakeClock } from '../fake-clock.js';

const START = Date.parse('2026-11-21');

/** A clock that shows only the time that was waited: limits are met to the millisecond. */
class ExactClock extends FakeClock {
  override now(): number {
    return START + this.waited;
  }
}

/** A clock whose waits take no time, and the events that were emitted. */
export function waitContext(signal?: AbortSignal) {
  const events: AppsctlEvent[] = [];
  const onEvent = (event: AppsctlEvent): void => {
    events.push(event);
  };
  return { clock: new ExactClock(), events, onEvent, signal };
}

/** A machine on which these processes are running. */
export function machine(host: string, pid: number, running: readonly number[] = [pid]): ProcessIdentity {
  return { host, pid, isRunning: (other) => running.includes(other) };
}
