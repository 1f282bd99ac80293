import { describe, expect, test } from 'vitest';
import { manifest } from '../../../support/bundle.js';
import { ASSET_PREFIX, bundleBytes, memoryAccount } from '../../../support/memory-ports/memory-account.js';

const UPDATE = { update: true };

describe('assets of the same size', () => {
  test.each([false, true])(
    'are compared by checksum where ETags are not digests (although S3 claims it: %j)',
    async (claimsMd5) => {
      const { bucket, changes, deploy } = memoryAccount();
      Object.assign(bucket, { areEtagsMd5: false, claimsMd5 });
      await deploy(await bundleBytes());
      changes.length = 0;
      await deploy(await bundleBytes());
      expect(changes).toEqual([]);
      await deploy(await bundleBytes(manifest(), { 'static/b.txt': 'c' }), UPDATE);
      expect(changes).toEqual([`put ${ASSET_PREFIX}b.txt`]);
    },
  );

  test('are compared by ETag where one object shows that ETags are digests', async () => {
    const { bucket, changes, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    await deploy(await bundleBytes(manifest(), { 'static/a.txt': 'c', 'static/b.txt': 'd' }), UPDATE);
    expect(changes.sort()).toEqual([`put ${ASSET_PREFIX}a.txt`, `put ${ASSET_PREFIX}b.txt`]);
    expect(bucket.digestsRead).toEqual([`${ASSET_PREFIX}a.txt`]);
  });

  test('are all compared by checksum where ETags cannot be digests, each once', async () => {
    const { bucket, changes, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    const list = bucket.list.bind(bucket);
    bucket.list = async (prefix) =>
      (await list(prefix)).map((object) => ({ ...object, etag: `${'f'.repeat(32)}-2` }));
    await deploy(await bundleBytes());
    expect(changes).toEqual([]);
    expect(bucket.digestsRead.sort()).toEqual([`${ASSET_PREFIX}a.txt`, `${ASSET_PREFIX}b.txt`]);
  });

  test('that were uploaded in parts are compared by checksum even where other ETags are digests', async () => {
    const { bucket, changes, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    const list = bucket.list.bind(bucket);
    bucket.list = async (prefix) =>
      (await list(prefix)).map((object) =>
        object.key.endsWith('b.txt') ? { ...object, etag: `${'f'.repeat(32)}-2` } : object,
      );
    await deploy(await bundleBytes(manifest(), { 'static/a.txt': 'c' }), UPDATE);
    expect(changes).toEqual([`put ${ASSET_PREFIX}a.txt`]);
  });

  test('are uploaded again, even without update, where checksums cannot be read', async () => {
    const { bucket, changes, deploy } = memoryAccount();
    bucket.areEtagsMd5 = false;
    bucket.digest = async () => undefined;
    await deploy(await bundleBytes());
    changes.length = 0;
    await deploy(await bundleBytes());
    expect(changes).toHaveLength(2);
  });
});

test('assets of another size are uploaded without being compared', async () => {
  const { bucket, changes, deploy } = memoryAccount();
  await deploy(await bundleBytes());
  changes.length = 0;
  await deploy(await bundleBytes(manifest(), { 'static/a.txt': 'longer' }), UPDATE);
  expect(changes).toEqual([`put ${ASSET_PREFIX}a.txt`]);
  expect(bucket.digestsRead).toEqual([]);
});

test('assets with the same ETag are not compared', async () => {
  const { bucket, deploy } = memoryAccount();
  await deploy(await bundleBytes());
  await deploy(await bundleBytes());
  expect(bucket.digestsRead).toEqual([]);
});
