import { beforeEach, describe, expect, test } from 'vitest';
import type { AppBundle } from '../../../../src/core/bundle/bundle.js';
import { isAbandonedUpload, uploadKey } from '../../../../src/core/deploy/archive-uploads.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import {
  findAbandonedUploads,
  removeAbandonedUploads,
} from '../../../../src/operations/deploy/abandoned-uploads.js';
import { MemoryBucket, machine } from '../../../support/memory-ports.js';

const us = machine('here', 1, [1, 2]);
const dead = machine('here', 3);
const elsewhere = machine('there', 3);

describe('whose upload it is', () => {
  test.each([
    ['ours', uploadKey(us), false],
    ['of a process that runs', uploadKey(machine('here', 2)), false],
    ['of a process that has ended', uploadKey(dead), true],
    ['of another machine', uploadKey(elsewhere), false],
    ['of another tool', 'functions/app.zip', false],
    ['of another tool that happens to write digits', 'functions/0123456789abcdef-3-.txt', false],
  ])('one %s', (_, key, isLeft) => {
    expect(isAbandonedUpload(key, us)).toBe(isLeft);
  });

  test('no two uploads of a process have one key', () => {
    expect(uploadKey(us)).not.toBe(uploadKey(us));
  });
});

describe('what killed deployments left behind', () => {
  let bucket: MemoryBucket;
  const kept = [uploadKey(us), uploadKey(elsewhere), 'functions/of-somebody-else.zip'];
  const left = [uploadKey(dead), uploadKey(dead)];
  const bundle = (size: number): AppBundle =>
    ({ functions: [{ archive: { size: 10 } }, { archive: { size } }] }) as unknown as AppBundle;

  beforeEach(() => {
    bucket = new MemoryBucket();
    for (const key of [...kept, ...left]) bucket.objects.set(key, { body: Buffer.alloc(1), etag: key });
    bucket.unfinished = [
      { key: uploadKey(us), uploadId: 'ours' },
      { key: uploadKey(dead), uploadId: 'left' },
    ];
  });

  const clean = async (size: number) =>
    removeAbandonedUploads(bucket, await findAbandonedUploads(bundle(size), bucket, us));

  test('is removed by a deployment of a large archive, and nothing else is', async () => {
    await clean(10_000_000);
    expect([...bucket.objects.keys()].sort()).toEqual([...kept].sort());
    expect(bucket.unfinished.map(({ uploadId }) => uploadId)).toEqual(['ours']);
  });

  test('is not looked for by one of small archives', async () => {
    bucket.list = () => Promise.reject(new Error('listed'));
    await clean(9_999_999);
    expect(bucket.objects.size).toBe(5);
  });

  test('stays where unfinished uploads may not be seen, but for those that are whole', async () => {
    bucket.listUnfinished = () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'refused'));
    await clean(10_000_000);
    expect(bucket.objects.size).toBe(3);
    expect(bucket.unfinished).toHaveLength(2);
  });

  test('is an error where S3 does not say what there is', async () => {
    bucket.listUnfinished = () => Promise.reject(new AppsctlError('SERVICE', 'broken'));
    await expect(clean(10_000_000)).rejects.toMatchObject({ code: 'SERVICE' });
  });
});
