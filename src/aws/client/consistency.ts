import { retry } from '../../core/async/poll.js';
import { PROPAGATION_LIMIT_MS } from '../../core/timeouts.js';
import { isAwsError } from './aws-error.js';
import type { AwsConnection } from './connection.js';

/** Errors that may only mean that what was just created has not propagated yet. */
const NOT_VISIBLE_YET = ['NoSuchEntity', 'NoSuchBucket'];
/** Errors that mean that another request is changing the same thing. */
const BEING_CHANGED = [
  'ConcurrentModification',
  'EntityTemporarilyUnmodifiable',
  'OperationAborted',
  'ConditionalRequestConflict',
];

/**
 * Sends a request that depends on a recent change, and retries it until that change has propagated.
 *
 * @param thing what was just created or changed, for the message about a wait
 */
export function retryUntilConsistent<T>(
  connection: AwsConnection,
  thing: string,
  send: () => Promise<T>,
): Promise<T> {
  return retryOn(connection, [...NOT_VISIBLE_YET, ...BEING_CHANGED], thing, send);
}

/** Sends a request that creates or changes something, and retries it while another request changes the same thing. */
export function retryWhileBeingChanged<T>(
  connection: AwsConnection,
  thing: string,
  send: () => Promise<T>,
): Promise<T> {
  return retryOn(connection, BEING_CHANGED, thing, send);
}

function retryOn<T>(
  connection: AwsConnection,
  names: readonly string[],
  thing: string,
  send: () => Promise<T>,
): Promise<T> {
  const wait = { limitMs: PROPAGATION_LIMIT_MS, reason: `for ${thing} to propagate in AWS` };
  return retry(connection, wait, (error) => isAwsError(error, ...names), send);
}
