import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shareCredentials } from '../../../../src/aws/credentials/share-credentials.js';
import type { AwsAccessKey } from '../../../../src/core/aws/access-key.js';
import { MINUTE } from '../../../../src/core/units.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** A provider of keys that expire after these minutes, and throws when a number is missing. */
function providerOf(...minutes: (number | undefined)[]) {
  let count = 0;
  const load = vi.fn(async (): Promise<AwsAccessKey> => {
    const next = minutes[count++];
    if (next === undefined) throw new Error('cannot log in');
    const key = { accessKeyId: `key-${count}`, secretAccessKey: 'secret' };
    return next === Number.POSITIVE_INFINITY
      ? key
      : { ...key, expiration: new Date(Date.now() + next * MINUTE) };
  });
  const provider = shareCredentials(load);
  return { load, keyId: async () => (await provider()).accessKeyId };
}

test('credentials are loaded once for all clients, also at the same time', async () => {
  const { load, keyId } = providerOf(Number.POSITIVE_INFINITY);
  expect(await Promise.all([keyId(), keyId(), keyId()])).toEqual(['key-1', 'key-1', 'key-1']);
  vi.setSystemTime(Date.now() + 1000 * MINUTE);
  expect(await keyId()).toBe('key-1');
  expect(load).toHaveBeenCalledTimes(1);
});

test('credentials are renewed five minutes before they expire', async () => {
  const { keyId } = providerOf(60, 60);
  expect(await keyId()).toBe('key-1');
  vi.setSystemTime(Date.now() + 54 * MINUTE);
  expect(await keyId()).toBe('key-1');
  vi.setSystemTime(Date.now() + 2 * MINUTE);
  expect(await keyId()).toBe('key-2');
});

test('credentials that cannot be renewed are used until they expire', async () => {
  const { load, keyId } = providerOf(60);
  await keyId();
  vi.setSystemTime(Date.now() + 57 * MINUTE);
  expect(await keyId()).toBe('key-1');
  vi.setSystemTime(Date.now() + 4 * MINUTE);
  await expect(keyId()).rejects.toMatchObject({ name: 'CredentialsProviderError', message: 'cannot log in' });
  expect(load).toHaveBeenCalledTimes(3);
});

test('a failure is not remembered', async () => {
  const { keyId } = providerOf(undefined, 60);
  await expect(keyId()).rejects.toThrow('cannot log in');
  expect(await keyId()).toBe('key-2');
});
