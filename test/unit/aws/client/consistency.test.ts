import { describe, expect, test } from 'vitest';
import { retryUntilConsistent, retryWhileBeingChanged } from '../../../../src/aws/client/consistency.js';
import { connectionTo } from '../../../support/connection.js';

const LIMIT_MS = 20_000;

const NOT_VISIBLE_YET = ['NoSuchEntity', 'NoSuchEntityException', 'NoSuchBucket'];
const BEING_CHANGED = [
  'ConcurrentModification',
  'ConcurrentModificationException',
  'EntityTemporarilyUnmodifiable',
  'EntityTemporarilyUnmodifiableException',
  'OperationAborted',
  'ConditionalRequestConflict',
];
const OTHERS = [
  'NoSuchUpload',
  'NoSuchKey',
  'NoSuchBucketPolicy',
  'LimitExceededException',
  'AccessDenied',
  'TimeoutError',
  'Exception',
];

/** Sends a request that fails a number of times with an error of this name. */
function send(retry: typeof retryUntilConsistent, name: string, failures: number) {
  const { connection, clock, events } = connectionTo({
    ...{ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' },
    admin: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  });
  let requests = 0;
  const result = retry(connection, 'user u', async () => {
    if (++requests <= failures) throw Object.assign(new Error('failed'), { name });
    return requests;
  });
  return { result, clock, events };
}

describe('a request that depends on a recent change', () => {
  test.each([...NOT_VISIBLE_YET, ...BEING_CHANGED])('is repeated for a %s', async (name) => {
    const { result } = send(retryUntilConsistent, name, 3);
    expect(await result).toBe(4);
  });

  test.each(OTHERS)('is not repeated for a %s', async (name) => {
    const { result, clock } = send(retryUntilConsistent, name, 1);
    await expect(result).rejects.toMatchObject({ name });
    expect(clock.waits).toEqual([]);
  });
});

describe('a request that changes something', () => {
  test.each(BEING_CHANGED)('is repeated for a %s', async (name) => {
    const { result } = send(retryWhileBeingChanged, name, 3);
    expect(await result).toBe(4);
  });

  test.each([...NOT_VISIBLE_YET, ...OTHERS])('is not repeated for a %s', async (name) => {
    const { result, clock } = send(retryWhileBeingChanged, name, 1);
    await expect(result).rejects.toMatchObject({ name });
    expect(clock.waits).toEqual([]);
  });
});

describe.each([retryUntilConsistent, retryWhileBeingChanged])('%o', (retry) => {
  test('gives up after the limit, with the last error', async () => {
    const { result, clock } = send(retry, 'ConcurrentModificationException', 100);
    await expect(result).rejects.toMatchObject({ name: 'ConcurrentModificationException' });
    expect(clock.waited).toBeGreaterThanOrEqual(LIMIT_MS);
    expect(clock.waited).toBeLessThan(LIMIT_MS + 5_001);
  });

  test('reports a long wait', async () => {
    const { result, events } = send(retry, 'OperationAborted', 6);
    await result;
    expect(events).toEqual([{ type: 'waiting', reason: 'for user u to propagate in AWS' }]);
  });
});
