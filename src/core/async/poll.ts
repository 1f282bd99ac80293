import type { EventListener } from '../diagnostics/event.js';
import { type Clock, throwIfAborted } from './clock.js';

const SECOND = 1000;
/** Shorter waits are not reported. */
const REPORT_WAIT_AFTER_MS = 2 * SECOND;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5 * SECOND;

/** What waiting needs. */
export interface WaitContext {
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** Ends the wait. */
  readonly signal: AbortSignal | undefined;
}

/** How long to wait, and what for. Times are milliseconds. */
export interface Wait {
  readonly limit: number;
  /** What the wait is for, such as `until function x is ready`. */
  readonly reason: string;
  readonly firstPause?: number;
  readonly longestPause?: number;
  /** Whether pauses vary, so that several that wait do not try again at the same moments. */
  readonly isVaried?: boolean;
}

/**
 * Repeats an attempt until it returns something, in growing intervals.
 *
 * @param attempt returns undefined to be repeated; it is told when it is the last one, and then must return or throw
 * @throws AppsctlError INTERRUPTED; what the attempt throws
 */
export async function poll<T>(
  { clock, onEvent, signal }: WaitContext,
  wait: Wait,
  attempt: (isLast: boolean) => Promise<T | undefined>,
): Promise<T> {
  const { limit, reason, firstPause = FIRST_PAUSE_MS, longestPause = LONGEST_PAUSE_MS } = wait;
  const start = clock.now();
  let isReported = false;
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const waited = clock.now() - start;
    const result = await attempt(waited >= limit);
    if (result !== undefined) return result;
    if (waited >= limit) throw new Error(`the last attempt returned nothing: ${reason}`);
    throwIfAborted(signal);
    if (!isReported && waited + pause > REPORT_WAIT_AFTER_MS) {
      onEvent({ type: 'waiting', reason });
      isReported = true;
    }
    await clock.sleep(wait.isVaried === true ? pause * (0.5 + Math.random()) : pause, signal);
  }
}
