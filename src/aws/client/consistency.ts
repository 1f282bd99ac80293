import { retry } from '../../core/async/poll.js';
import { isAwsError } from './aws-error.js';
import type { AwsConnection } from './connection.js';

/** Errors that may only mean that an earlier change has not propagated yet. */
const EVENTUAL_CONSISTENCY_ERRORS = [
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
const PROPAGATION_LIMIT_MS = 20_000;

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
  return retryOn(connection, EVENTUAL_CONSISTENCY_ERRORS, thing, send);
}

/** Sends a request that changes something, and retries it while another request changes the same thing. */
export function retryWhileModified<T>(
  connection: AwsConnection,
  thing: string,
  send: () => Promise<T>,
): Promise<T> {
  const names = EVENTUAL_CONSISTENCY_ERRORS.filter((name) => !name.startsWith('NoSuch'));
  return retryOn(connection, names, thing, send);
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
