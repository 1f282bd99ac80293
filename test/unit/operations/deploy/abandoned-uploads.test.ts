import { beforeEach, describe, expect, test } from 'vitest';
import type { AppBundle } from '../../../../src/core/bundle/bundle.js';
import { isAbandonedUpload, uploadKey } from '../../../../src/core/deploy/archive-uploads.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import {
  findAbandonedUploads,
  removeAbandonedUploads,
} from '../../../../src/operations/deploy/abandoned-uploads.js';
import { MemoryBucket, machine } from '../../../support/memory-ports.js';

const ours = machine('here', 1, [1, 2]);
const ended = machine('here', 3);
const elsewhere = machine('there', 3);

describe('an upload is abandoned', () => {
  test.each([
    ['not if it is our own', uploadKey(ours), false],
    ['not if its process is running', uploadKey(machine('here', 2)), false],
    ['if its process has ended', uploadKey(ended), true],
    ['not if it is from another machine', uploadKey(elsewhere), false],
    ['not if another tool uploaded it', 'functions/app.zip', false],
    ['not if the key has another form', 'functions/0123456789abcdef-3-.txt', false],
  ])('%s', (_, key, isAbandoned) => {
    expect(isAbandonedUpload(key, ours)).toBe(isAbandoned);
  });

  test('and has a key of its own, even among the uploads of one process', () => {
    expect(uploadKey(ours)).not.toBe(uploadKey(ours));
  });
});

describe('abandoned uploads', () => {
  let bucket: MemoryBucket;
  const used = [uploadKey(ours), uploadKey(elsewhere), 'functions/of-another-tool.zip'];
  const abandoned = [uploadKey(ended), uploadKey(ended)];
  const bundle = (size: number): AppBundle =>
    ({ functions: [{ archive: { size: 10 } }, { archive: { size } }] }) as unknown as AppBundle;

  beforeEach(() => {
    bucket = new MemoryBucket();
    for (const key of [...used, ...abandoned]) bucket.objects.set(key, { body: Buffer.alloc(1), etag: key });
    bucket.unfinished = [
      { key: uploadKey(ours), uploadId: 'ours' },
      { key: uploadKey(ended), uploadId: 'abandoned' },
    ];
  });

  const clean = async (size: number) =>
    removeAbandonedUploads(bucket, await findAbandonedUploads(bundle(size), bucket, ours));

  test('are removed by a deployment of a large archive, and no other objects are', async () => {
    await clean(10_000_000);
    expect([...bucket.objects.keys()].sort()).toEqual([...used].sort());
    expect(bucket.unfinished.map(({ uploadId }) => uploadId)).toEqual(['ours']);
  });

  test('are not searched by a deployment of small archives', async () => {
    bucket.list = () => Promise.reject(new Error('listed'));
    await clean(9_999_999);
    expect(bucket.objects.size).toBe(5);
  });

  test('remain where multipart uploads cannot be listed, except those that were completed', async () => {
    bucket.listUnfinished = () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'refused'));
    await clean(10_000_000);
    expect(bucket.objects.size).toBe(3);
    expect(bucket.unfinished).toHaveLength(2);
  });

  test('remain where multipart uploads cannot be aborted', async () => {
    bucket.abort = () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'refused'));
    await clean(10_000_000);
    expect(bucket.unfinished).toHaveLength(2);
  });

  test('cause an error where S3 fails', async () => {
    bucket.listUnfinished = () => Promise.reject(new AppsctlError('SERVICE', 'broken'));
    await expect(clean(10_000_000)).rejects.toMatchObject({ code: 'SERVICE' });
  });
});
