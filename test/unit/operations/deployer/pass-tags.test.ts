import { expect, onTestFinished, test, vi } from 'vitest';
import { tagDeployed } from '../../../../src/core/deployer/bundle-state.js';
import type { DeployerEvent } from '../../../../src/core/deployer/event.js';
import type { Upload } from '../../../../src/core/deployer/upload.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import type { BundleBucket } from '../../../../src/core/ports/bundle-bucket.js';
import { PassTags } from '../../../../src/operations/deployer/pass-tags.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryBundleBucket, waitContext } from '../../../support/memory-ports.js';

/** The longest time between a request and its effect, and between that and the response. */
const LATENCY_MS = 150;

/** Random numbers that are the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A bucket over a network, on which each request takes some time. */
function overNetwork(bundles: MemoryBundleBucket, clock: ManualClock, random: () => number): BundleBucket {
  const slow =
    <Args extends unknown[], Result>(request: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await clock.sleep(random() * LATENCY_MS);
      const result = await request(...args);
      await clock.sleep(random() * LATENCY_MS);
      return result;
    };
  return {
    name: bundles.name,
    check: async () => {},
    scan: async () => {},
    source: (upload) => bundles.source(upload),
    readTags: slow((key: string, version?: string) => bundles.readTags(key, version)),
    writeTags: slow((upload: Upload, tags) => bundles.writeTags(upload, tags)),
    currentEtag: slow((key: string) => bundles.currentEtag(key)),
  };
}

test.each([true, false])(
  'two environments that tag 50 bundles at once leave both tags on all of them, and those of others (versions: %s)',
  async (isVersioned) => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = randomNumbers(seed);
      vi.spyOn(Math, 'random').mockImplementation(random);
      onTestFinished(() => {
        vi.restoreAllMocks();
      });
      const clock = new ManualClock();
      const bundles = new MemoryBundleBucket();
      bundles.isVersioned = isVersioned;
      const others = { team: 'a', 'cost center': '7' };
      const uploads = Array.from({ length: 50 }, (_, index) => {
        const upload = bundles.upload(`${index}.zip`, `bundle ${index}`);
        bundles.addTags(upload.key, others);
        return upload;
      });
      const bucket = overNetwork(bundles, clock, random);
      const run = async (environment: string): Promise<void> => {
        const ports = { clock, signal: undefined, onEvent: () => {} };
        const tags = new PassTags(ports, { bundles: bucket });
        for (const upload of uploads)
          expect(await tags.tag(upload, (current) => tagDeployed(current, environment), true)).toBe(true);
        await tags.settle();
      };
      const running = Promise.all([run('a'), run('b')]);
      await clock.pass(10 * 60_000);
      await running;
      for (const { key } of uploads)
        expect(bundles.tagsOf(key)).toEqual({ ...others, deployed_a: 'true', deployed_b: 'true' });
    }
  },
);

/** The tags of a pass over two bundles. */
function start() {
  const bundles = new MemoryBundleBucket();
  const uploads = ['a.zip', 'b.zip', 'c.zip'].map((key) => bundles.upload(key, key));
  const { clock } = waitContext();
  const events: DeployerEvent[] = [];
  const onEvent = (event: DeployerEvent): void => {
    events.push(event);
  };
  const tags = new PassTags({ clock, onEvent, signal: undefined }, { bundles });
  const tag = (index: number) =>
    tags.tag(uploads[index] as Upload, (current) => tagDeployed(current, 'ours'), true);
  const refuse = (...keys: readonly string[]): void => {
    bundles.beforeRequest = (request) => {
      if (keys.some((key) => request === `tag ${key}`)) throw new AppsctlError('ACCESS_DENIED', request);
    };
  };
  return { bundles, tags, tag, refuse, clock, events };
}

test('nothing is waited for if nothing was tagged', async () => {
  const { tags, clock, bundles } = start();
  await tags.settle();
  expect([clock.waited, bundles.requests]).toEqual([0, []]);
});

test('a tag that another deployer has removed is written again in the end', async () => {
  const { bundles, tags, tag, clock } = start();
  await tag(0);
  bundles.replaceTags('a.zip', { deployed_theirs: 'true' });
  await tags.settle();
  expect(bundles.tagsOf('a.zip')).toEqual({ deployed_theirs: 'true', deployed_ours: 'true' });
  expect(clock.waited).toBe(2000);
});

test('tags that cannot be looked up again are a warning', async () => {
  const { bundles, tags, tag, events } = start();
  await tag(0);
  bundles.beforeRequest = () => {
    throw new AppsctlError('NETWORK', 'no network');
  };
  await tags.settle();
  expect(events).toMatchObject([{ type: 'warning', bundle: 'a.zip' }]);
});

test('a tag that was written and cannot be read again counts as written, and is looked up in the end', async () => {
  const { bundles, tags, tag } = start();
  let reads = 0;
  bundles.beforeRequest = (request) => {
    if (request === 'tags a.zip' && ++reads === 2) throw new AppsctlError('NETWORK', 'no network');
  };
  expect(await tag(0)).toBe(true);
  bundles.replaceTags('a.zip', {});
  await tags.settle();
  expect(bundles.tagsOf('a.zip')).toEqual({ deployed_ours: 'true' });
});

test('one bundle that may not be tagged is special; of two, none can be', async () => {
  const { tags, tag, refuse } = start();
  refuse('a.zip', 'b.zip');
  const refusal = async (index: number): Promise<boolean> => {
    const error: unknown = await tag(index).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ACCESS_DENIED' });
    return tags.isGeneral(error);
  };
  expect([await refusal(0), await refusal(0), await refusal(1)]).toEqual([false, false, true]);
});

test('bundles that may not be tagged are special if another one was', async () => {
  const { tags, tag, refuse } = start();
  await tag(2);
  refuse('a.zip', 'b.zip');
  for (const index of [0, 1]) {
    const error: unknown = await tag(index).catch((thrown: unknown) => thrown);
    expect(tags.isGeneral(error)).toBe(false);
  }
});
