import type { EventListener } from '../diagnostics/event.js';
import { SECOND } from '../units.js';
import { type Clock, throwIfAborted } from './clock.js';

/** Shorter waits are not reported. */
const REPORT_WAIT_AFTER_MS = 2 * SECOND;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5 * SECOND;

/** What waiting needs. */
export interface WaitContext {
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** Ends waits, and operations at their next safe point. */
  readonly signal: AbortSignal | undefined;
}

/** How long to wait, and what for. */
export interface Wait {
  /** After this time there is one last attempt. */
  readonly limitMs: number;
  /** Completes "waiting …", such as `until function x is ready`. */
  readonly reason: string;
  readonly firstPauseMs?: number;
  readonly maxPauseMs?: number;
  /** Randomizes the pauses by ±50 %, so that concurrent waits do not retry at the same moment. */
  readonly jitter?: boolean;
}

/**
 * Repeats an attempt with exponential backoff until it returns a value.
 *
 * @param attempt returns undefined to be repeated; must return a value or throw if `isLast` is true
 * @throws AppsctlError INTERRUPTED, and what the attempt throws
 */
export async function poll<T>(
  { clock, onEvent, signal }: WaitContext,
  wait: Wait,
  attempt: (isLast: boolean) => Promise<T | undefined>,
): Promise<T> {
  const { limitMs, reason, firstPauseMs = FIRST_PAUSE_MS, maxPauseMs = MAX_PAUSE_MS } = wait;
  const start = clock.now();
  let isReported = false;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, maxPauseMs)) {
    const waited = clock.now() - start;
    const isLast = waited >= limitMs;
    const result = await attempt(isLast);
    if (result !== undefined) return result;
    if (isLast) throw new Error(`the last attempt returned nothing: ${reason}`);
    throwIfAborted(signal);
    if (!isReported && waited + pause > REPORT_WAIT_AFTER_MS) {
      onEvent({ type: 'waiting', reason });
      isReported = true;
    }
    await clock.sleep(wait.jitter === true ? pause * (0.5 + Math.random()) : pause, signal);
  }
}

/**
 * Repeats work with exponential backoff while it fails for a reason that passes.
 *
 * @param isTemporary whether an error is a reason to repeat the work
 * @throws AppsctlError INTERRUPTED, the first other error, and the last error once the limit is over
 */
export async function retry<T>(
  context: WaitContext,
  wait: Wait,
  isTemporary: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const { result } = await poll(context, wait, async (isLast) => {
    try {
      // Wrapped, because poll repeats an attempt that returns undefined.
      return { result: await work() };
    } catch (error) {
      if (isLast || !isTemporary(error)) throw error;
      return undefined;
    }
  });
  return result;
}

/**
 * Reports a wait that takes long, once.
 *
 * @param describe completes "waiting …", when it is reported
 * @param end is aborted when the wait is over
 */
export async function reportLongWait(
  { clock, onEvent }: Pick<WaitContext, 'clock' | 'onEvent'>,
  describe: () => string,
  end: AbortSignal,
): Promise<void> {
  await clock.sleep(REPORT_WAIT_AFTER_MS, end);
  if (!end.aborted) onEvent({ type: 'waiting', reason: describe() });
}
