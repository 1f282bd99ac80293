import { describe, expect, test } from 'vitest';
import { AppsctlError, type ErrorCode } from '../../../../src/core/diagnostics/error.js';
import { isDue, readBundles } from '../../../../src/operations/deployer/read-bundles.js';
import { retryBundles } from '../../../../src/operations/deployer/retry-bundles.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { MemoryBundleBucket } from '../../../support/memory-ports.js';

const SETTINGS = { prefix: '', environment: 'test' };
const failedAt = (code: string): Record<string, string> => ({
  failed_test: `2 2026-11-29T01:00:00.000Z ${code}`,
});

/** A bucket with a bundle in each state. */
function start(): MemoryBundleBucket {
  const bundles = new MemoryBundleBucket();
  bundles.isVersioned = true;
  for (const key of ['new.zip', 'deployed.ZIP', 'failed.zip', 'blocked.zip']) bundles.upload(key, key);
  bundles.addTags('deployed.ZIP', { deployed_test: 'true' });
  bundles.addTags('failed.zip', failedAt('NETWORK'));
  bundles.addTags('blocked.zip', failedAt('INVALID_BUNDLE'));
  return bundles;
}

function failReading(bundles: MemoryBundleBucket, code: ErrorCode, request: RegExp): void {
  bundles.beforeRequest = (now) => {
    if (request.test(now)) throw new AppsctlError(code, now);
  };
}

const read = (bundles: MemoryBundleBucket) => readBundles(bundles, SETTINGS, undefined);

describe('the bundles of a bucket', () => {
  test('have the states in their tags, of this environment', async () => {
    const bundles = start();
    bundles.addTags('new.zip', {
      deployed_other: 'true',
      deployed_test: 'false',
      failed_test: 'someone was here',
    });
    const found = await read(bundles);
    expect(found.bundles.map(({ key, state }) => [key, state])).toEqual([
      ['new.zip', 'new'],
      ['deployed.ZIP', 'deployed'],
      ['failed.zip', 'failed'],
      ['blocked.zip', 'blocked'],
    ]);
    const hours = (count: number): number => Date.UTC(2026, 10, 29, 1 + count);
    expect(found.bundles.map(({ nextAttemptAt }) => nextAttemptAt)).toEqual([
      undefined,
      undefined,
      hours(2),
      undefined,
    ]);
    const dueAt = (time: number, forced: string[] = []): string[] =>
      found.bundles
        .filter((bundle) => isDue(bundle, { forcedKeys: new Set(forced) }, time))
        .map(({ key }) => key);
    expect(dueAt(hours(2) - 11 * 60_000)).toEqual(['new.zip']);
    expect(dueAt(hours(2))).toEqual(['new.zip', 'failed.zip']);
    expect(dueAt(hours(0), ['deployed.ZIP', 'blocked.zip'])).toEqual([
      'new.zip',
      'deployed.ZIP',
      'blocked.zip',
    ]);
  });

  test('are those that can be read, the oldest first', async () => {
    const bundles = new MemoryBundleBucket();
    bundles.upload('b.zip', 'b', { uploadedAt: 2 });
    bundles.upload('a/é +.zip', 'a', { uploadedAt: 2 });
    bundles.upload('z.zip', 'z', { uploadedAt: 1 });
    bundles.upload('empty.zip', '');
    bundles.upload('notes.txt', 'n');
    for (const storageClass of ['GLACIER', 'DEEP_ARCHIVE', 'STANDARD_IA']) {
      bundles.upload(`${storageClass}.zip`, 'c', { uploadedAt: 3, storageClass });
    }
    const keys = (await read(bundles)).bundles.map(({ key }) => key);
    expect(keys).toEqual(['z.zip', 'a/é +.zip', 'b.zip', 'STANDARD_IA.zip']);
  });

  test('are of the version of which the tags were read', async () => {
    const bundles = start();
    let uploaded: string | undefined;
    bundles.beforeRequest = (request) => {
      if (request === 'tags new.zip') uploaded ??= bundles.upload('new.zip', 'newer').versionId;
    };
    const found = (await read(bundles)).bundles.find(({ key }) => key === 'new.zip');
    expect(found?.upload.versionId).toBe(uploaded);
  });

  test('may disappear while they are read', async () => {
    const bundles = start();
    bundles.beforeRequest = (request) => {
      if (request === 'tags new.zip') bundles.remove('new.zip');
    };
    expect(await read(bundles)).toMatchObject({ bundles: { length: 3 }, unreadable: [] });
  });

  test('that cannot be read stop nobody else', async () => {
    const bundles = start();
    failReading(bundles, 'ACCESS_DENIED', /^tags new/);
    const { bundles: others, unreadable } = await read(bundles);
    expect(others).toHaveLength(3);
    expect(unreadable).toMatchObject([{ key: 'new.zip', error: { code: 'ACCESS_DENIED' } }]);
  });

  test.each<[string, ErrorCode, RegExp]>([
    ['when none can be read', 'ACCESS_DENIED', /^tags/],
    ['without credentials', 'CREDENTIALS', /^tags new/],
    ['when they cannot be listed', 'NETWORK', /^list/],
  ])('are not known %s', async (_, code, request) => {
    const bundles = start();
    failReading(bundles, code, request);
    await expect(read(bundles)).rejects.toMatchObject({ code });
  });
});

describe('a retry', () => {
  const retry = (bundles: MemoryBundleBucket, keys: readonly string[] | 'all', beforeChanges?: () => void) =>
    retryBundles(bundles, SETTINGS, keys, { clock: new FakeClock(), signal: undefined }, beforeChanges);

  test('makes bundles new that have failed, and leaves others as they are', async () => {
    const bundles = start();
    bundles.addTags('failed.zip', { team: 'a', failed_other: failedAt('NETWORK')['failed_test'] ?? '' });
    expect(await retry(bundles, ['failed.zip', 'blocked.zip', 'deployed.ZIP', 'failed.zip'])).toEqual([
      { key: 'failed.zip', outcome: 'reset' },
      { key: 'blocked.zip', outcome: 'reset' },
      { key: 'deployed.ZIP', outcome: 'unchanged' },
    ]);
    expect(Object.keys(bundles.tagsOf('failed.zip'))).toEqual(['team', 'failed_other']);
    expect(bundles.tagsOf('blocked.zip')).toEqual({});
    expect(bundles.tagsOf('deployed.ZIP')).toEqual({ deployed_test: 'true' });
  });

  test('of all is one of those that have failed', async () => {
    const bundles = start();
    expect((await retry(bundles, 'all')).map(({ key }) => key)).toEqual(['failed.zip', 'blocked.zip']);
    expect(await retry(bundles, 'all')).toEqual([]);
  });

  test('of what does not exist changes nothing', async () => {
    const bundles = start();
    await expect(retry(bundles, ['failed.zip', 'x.zip', 'y.zip'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      items: ['x.zip', 'y.zip'],
    });
    await expect(retry(bundles, ['x.zip'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 's3://bundles/x.zip does not exist',
    });
    expect(bundles.tagsOf('failed.zip')).toEqual(failedAt('NETWORK'));
  });

  test('can be refused before it changes anything', async () => {
    const bundles = start();
    const refused = new Error('no');
    await expect(
      retry(bundles, ['failed.zip'], () => {
        throw refused;
      }),
    ).rejects.toBe(refused);
    expect(bundles.tagsOf('failed.zip')).toEqual(failedAt('NETWORK'));
  });
});
