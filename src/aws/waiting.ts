import { throwIfInterrupted } from '../core/clock.js';
import type { AwsConnection } from './connection.js';
import { isAwsError } from './errors.js';

const SECOND = 1000;
/** Waits shorter than this are not worth a word. */
const TELL_AFTER = 2 * SECOND;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5 * SECOND;

/** How long, and what for. */
export interface Wait {
  /** Milliseconds. */
  readonly limit: number;
  /** What the wait is for, such as `until function x is ready`. */
  readonly reason: string;
}

/**
 * Tries until an attempt answers, in growing intervals.
 *
 * @param attempt answers undefined to be tried again; is told when it is the last one, and then must answer or throw
 * @throws AppsctlError INTERRUPTED; what the attempt throws
 */
export async function poll<T>(
  { clock, onEvent, signal }: AwsConnection,
  { limit, reason }: Wait,
  attempt: (last: boolean) => Promise<T | undefined>,
): Promise<T> {
  const start = clock.now();
  let told = false;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const waited = clock.now() - start;
    const result = await attempt(waited >= limit);
    if (result !== undefined) return result;
    if (waited >= limit) throw new Error(`an attempt did not answer: ${reason}`);
    throwIfInterrupted(signal);
    if (!told && waited + pause > TELL_AFTER) {
      onEvent({ type: 'waiting', reason });
      told = true;
    }
    await clock.sleep(pause, signal);
  }
}

/** Errors of a service that does not yet know everywhere what it has just been told. */
const SETTLING_ERRORS = [
  'NoSuchEntity',
  'NoSuchEntityException',
  'ConcurrentModification',
  'ConcurrentModificationException',
  'EntityTemporarilyUnmodifiable',
  'EntityTemporarilyUnmodifiableException',
  'OperationAborted',
  'ConditionalRequestConflict',
  'NoSuchBucket',
];
const SETTLING_LIMIT = 20 * SECOND;

/**
 * Sends a request that builds on one sent just before, which the service may not know everywhere yet.
 *
 * @param thing what was just made or changed, for the message about a wait
 */
export function whenSettled<T>(connection: AwsConnection, thing: string, send: () => Promise<T>): Promise<T> {
  const wait = { limit: SETTLING_LIMIT, reason: `until AWS knows ${thing} everywhere` };
  return poll(connection, wait, async (last) => {
    try {
      return await send();
    } catch (error) {
      if (last || !isAwsError(error, ...SETTLING_ERRORS)) throw error;
      return undefined;
    }
  });
}
