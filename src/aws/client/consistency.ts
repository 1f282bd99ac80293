import { poll } from '../../core/async/poll.js';
import { isAwsError } from './aws-error.js';
import type { AwsConnection } from './connection.js';

/** Errors of a service that does not know everywhere yet what was just changed. */
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
const LIMIT_MS = 20_000;

/**
 * Sends a request that builds on one sent just before, which the service may not know everywhere yet.
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

/** Sends a request that changes something which may be being changed by another request at the same time. */
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
  const wait = { limitMs: LIMIT_MS, reason: `for ${thing} to propagate in AWS` };
  return poll(connection, wait, async (isLast) => {
    try {
      // undefined would mean that it is to be sent again.
      return { result: await send() };
    } catch (error) {
      if (isLast || !isAwsError(error, ...names)) throw error;
      return undefined;
    }
  }).then(({ result }) => result);
}
