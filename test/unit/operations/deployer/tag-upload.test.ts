import { describe, expect, test } from 'vitest';
import { tagDeployed } from '../../../../src/core/deployer/bundle-state.js';
import type { ObjectTags } from '../../../../src/core/deployer/upload.js';
import { isTagged, tagUpload } from '../../../../src/operations/deployer/tag-upload.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { MemoryBundleBucket } from '../../../support/memory-ports.js';

const KEY = 'team/app.zip';
const OURS = { deployed_ours: 'true' };
const THEIRS = { deployed_theirs: 'true' };

const change = (tags: ObjectTags): ObjectTags => tagDeployed(tags, 'ours');

function start(isVersioned = false) {
  const bundles = new MemoryBundleBucket();
  bundles.isVersioned = isVersioned;
  const upload = bundles.upload(KEY, 'first');
  const clock = new FakeClock();
  const tag = () => tagUpload({ bundles, clock }, upload, change);
  /** Does something once, before the first request of this kind. */
  const beforeFirst = (request: string, work: () => void): void => {
    bundles.beforeRequest = (now) => {
      if (now !== `${request} ${KEY}`) return;
      bundles.beforeRequest = () => {};
      work();
    };
  };
  return { bundles, upload, clock, tag, beforeFirst };
}

test.each([true, false])('the tags of others are kept as they are (versions: %s)', async (isVersioned) => {
  const { bundles, tag } = start(isVersioned);
  const others = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`tag-${index}`, `${index} é`]));
  bundles.addTags(KEY, { ...others, failed_ours: '1 2026-11-29T01:00:00.000Z NETWORK', ...THEIRS });
  expect(await tag()).toBe('tagged');
  expect(bundles.tagsOf(KEY)).toEqual({ ...others, ...THEIRS, ...OURS });
});

test('nothing is written that is there already', async () => {
  const { bundles, tag } = start(true);
  bundles.addTags(KEY, OURS);
  expect(await tag()).toBe('tagged');
  expect(bundles.requests).not.toContain(`tag ${KEY}`);
});

test('what another deployer overwrites is written again', async () => {
  const { bundles, upload, clock, tag } = start(true);
  let reads = 0;
  bundles.beforeRequest = (request) => {
    // After our first write: they had read the tags before it.
    if (request === `tags ${KEY}` && ++reads === 2) bundles.replaceTags(KEY, THEIRS);
  };
  expect(await tag()).toBe('tagged');
  expect(bundles.tagsOf(KEY)).toEqual({ ...THEIRS, ...OURS });
  expect(clock.waits).toHaveLength(1);
  bundles.replaceTags(KEY, THEIRS);
  expect(await isTagged(bundles, upload, change)).toBe(false);
});

test('tags that others keep changing are an error', async () => {
  const { bundles, clock, tag } = start(true);
  bundles.beforeRequest = (request) => {
    if (request === `tags ${KEY}`) bundles.replaceTags(KEY, THEIRS);
  };
  await expect(tag()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `others keep changing the tags of s3://bundles/${KEY}`,
  });
  expect(bundles.requests.filter((request) => request === `tag ${KEY}`)).toHaveLength(5);
  expect(clock.waits).toHaveLength(4);
});

describe('an upload that was replaced meanwhile', () => {
  test('is tagged itself in a bucket with versions', async () => {
    const { bundles, upload, tag, beforeFirst } = start(true);
    beforeFirst('tags', () => bundles.upload(KEY, 'second'));
    expect(await tag()).toBe('tagged');
    expect(bundles.tagsOf(KEY, upload.versionId)).toEqual(OURS);
    expect(bundles.tagsOf(KEY)).toEqual({});
  });

  test.each(['etag', 'tags', 'tag'])(
    'leaves no tags on the next one without versions (before %s)',
    async (request) => {
      const { bundles, tag, beforeFirst } = start();
      bundles.addTags(KEY, THEIRS);
      beforeFirst(request, () => bundles.upload(KEY, 'second'));
      expect(await tag()).toBe('replaced');
      expect(bundles.tagsOf(KEY)).not.toHaveProperty('deployed_ours');
    },
  );

  test.each(['etag', 'tags', 'tag'])('may be gone (before %s)', async (request) => {
    const { bundles, tag, beforeFirst } = start();
    beforeFirst(request, () => bundles.remove(KEY));
    expect(await tag()).toBe('replaced');
  });
});
