import { describe, expect, test } from 'vitest';
import type { ProcessIdentity } from '../../../../src/core/async/process-identity.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';
import { acquireLease, type Lease } from '../../../../src/operations/locks/lease.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryBucket, machine } from '../../../support/memory-ports.js';

const KEY = 'locks/deployer-staging.json';
const SECOND = 1000;
const CLAIM = { run: 'run-1', since: '2026-11-21T00:00:00.000Z' };

/** A bucket with its own clock, and a process on machine `here`. */
function setUp(process: ProcessIdentity = machine('here', 1)) {
  const clock = new ManualClock();
  const store = new MemoryBucket();
  const s3 = { now: () => clock.now() - clock.offset };
  store.clock = s3;
  const events: AppsctlEvent[] = [];
  const onEvent = (event: AppsctlEvent): void => {
    events.push(event);
  };
  const context = { store, clock, process, onEvent, signal: undefined };
  const acquire = () => acquireLease(context, KEY, CLAIM);
  const hold = async (): Promise<Lease> => {
    const { lease } = await acquire();
    if (lease === undefined) throw new Error('the lease is held by another one');
    return lease;
  };
  const put = (content: object | string, age = 0): void => {
    const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
    store.objects.set(KEY, { body, etag: '"other"', writtenAt: s3.now() - age });
  };
  const putOther = (host: string, pid: number, age: number): void =>
    put({ owner: 'other', host, pid, time: new Date(clock.now() - age).toISOString(), run: 'run-0' }, age);
  const read = () => JSON.parse(Buffer.from(store.objects.get(KEY)?.body ?? '{}').toString());
  return { clock, store, events, context, acquire, hold, put, putOther, read };
}

/** Lets changes of one kind fail from now on. */
function breakStore(store: MemoryBucket, kind: 'replace' | 'remove' = 'replace'): void {
  store.beforeChange = (change) => {
    if (change.startsWith(kind)) throw new Error('no network');
  };
}

/** The response to the next replacement is lost. */
function loseResponse(store: MemoryBucket): void {
  const replace = store.replaceIf.bind(store);
  store.replaceIf = async (...args) => {
    store.replaceIf = replace;
    await replace(...args);
    throw new Error('no response');
  };
}

describe('a lease that no one holds', () => {
  test('says who holds it, and is removed when it is released', async () => {
    const { clock, store, events, hold, read } = setUp();
    const lease = await hold();
    expect(read()).toEqual({
      owner: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...{ host: 'here', pid: 1, time: '2026-11-21T00:00:00.000Z', ...CLAIM },
    });
    await lease.release();
    expect([...store.objects]).toEqual([]);
    expect(events).toEqual([]);
    // Else the process would go on.
    expect(clock.waiting).toBe(0);
  });

  test('is ours if the response to the request that created it was lost', async () => {
    const { store, hold } = setUp();
    const put = store.putIfAbsent.bind(store);
    store.putIfAbsent = async (...args) => {
      store.putIfAbsent = put;
      await put(...args);
      return undefined;
    };
    await (await hold()).release();
    expect([...store.objects]).toEqual([]);
  });

  test('and appears and disappears is given up', async () => {
    const { store, acquire } = setUp();
    store.putIfAbsent = async () => undefined;
    await expect(acquire()).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a lease of another one', () => {
  test.each([
    ['is held for 90 s', 'elsewhere', 2, 90 * SECOND, true],
    ['is stale then', 'elsewhere', 2, 90 * SECOND + 1, false],
    ['is stale at once when its process has ended here', 'here', 2, 0, false],
    ['is held while its process runs here', 'here', 1, 0, true],
  ])('%s', async (_, host, pid, age, isHeld) => {
    const { acquire, putOther, read } = setUp();
    putOther(host, pid, age);
    const { lease, heldBy } = await acquire();
    expect(heldBy).toEqual(isHeld ? expect.objectContaining({ run: 'run-0', host }) : undefined);
    expect(read().run).toBe(isHeld ? 'run-0' : 'run-1');
    await lease?.release();
  });

  test.each([-24 * 3600, 24 * 3600])(
    'is as old as S3 says, whatever our clock says: %i s off',
    async (seconds) => {
      const { clock, acquire, putOther } = setUp();
      putOther('elsewhere', 2, 60 * SECOND);
      clock.offset = seconds * SECOND;
      expect((await acquire()).heldBy).toBeDefined();
      await clock.pass(31 * SECOND);
      expect((await acquire()).lease).toBeDefined();
    },
  );

  test.each(['', '[]', '{"owner":1}', '{"time":"soon"}'])(
    'that contains %j is taken over when it is old, or its age is not known',
    async (text) => {
      const { store, acquire, put } = setUp();
      put(text);
      const { heldBy } = await acquire();
      expect(heldBy).toBeDefined();
      store.clock = undefined;
      expect((await acquire()).lease).toBeDefined();
    },
  );

  test('that is stale is taken over by one only', async () => {
    const { acquire, putOther } = setUp();
    putOther('elsewhere', 2, 100 * SECOND);
    const results = await Promise.all([acquire(), acquire(), acquire()]);
    expect(results.filter(({ lease }) => lease !== undefined)).toHaveLength(1);
  });

  test('is ours if the response to the request that took it over was lost', async () => {
    const { store, acquire, putOther } = setUp();
    putOther('elsewhere', 2, 100 * SECOND);
    const replace = store.replaceIf.bind(store);
    store.replaceIf = async (...args) => {
      store.replaceIf = replace;
      await replace(...args);
      return undefined;
    };
    expect((await acquire()).lease).toBeDefined();
  });

  test('that is released meanwhile is acquired', async () => {
    const { store, acquire, putOther } = setUp();
    putOther('elsewhere', 2, 0);
    const read = store.getWithEtag.bind(store);
    store.getWithEtag = async (key) => {
      store.getWithEtag = read;
      store.objects.delete(key);
      return undefined;
    };
    expect((await acquire()).lease).toBeDefined();
  });
});

describe('a lease that is held', () => {
  test('is renewed every 20 s, so that it is never stale', async () => {
    const { clock, store, hold, acquire } = setUp();
    const lease = await hold();
    for (let time = 0; time < 3600; time += 10) {
      await clock.pass(10 * SECOND);
      expect((await acquire()).heldBy).toMatchObject({ run: 'run-1' });
    }
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
    expect([...store.objects]).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('is kept when renewals fail for less than a minute', async () => {
    const { clock, store, events, hold } = setUp();
    const lease = await hold();
    breakStore(store);
    await clock.pass(59 * SECOND);
    store.beforeChange = () => {};
    await clock.pass(5 * SECOND);
    expect(lease.lost.aborted).toBe(false);
    await clock.pass(100 * SECOND);
    expect(lease.lost.aborted).toBe(false);
    expect(events[0]).toEqual({
      type: 'warning',
      message: `the lease ${KEY} could not be renewed: Error: no network`,
    });
    await lease.release();
    expect([...store.objects]).toEqual([]);
  });

  test.each([
    ['fail', (store: MemoryBucket) => breakStore(store)],
    [
      'get no response',
      (store: MemoryBucket) => {
        store.replaceIf = () => new Promise(() => {});
      },
    ],
  ])('is lost before others take it over, when renewals %s', async (_, breakIt) => {
    const { clock, store, hold, acquire } = setUp();
    const lease = await hold();
    breakIt(store);
    await clock.pass(60 * SECOND);
    expect((await acquire()).heldBy).toBeDefined();
    await clock.pass(10 * SECOND);
    expect(lease.lost.aborted).toBe(true);
    await lease.release();
    expect(clock.waiting).toBe(0);
  });

  test('is lost when another one has taken it over, and then left alone', async () => {
    const { clock, store, hold, putOther, read } = setUp();
    const lease = await hold();
    putOther('elsewhere', 2, 0);
    await clock.pass(20 * SECOND);
    expect(lease.lost.aborted).toBe(true);
    await lease.release();
    expect(read().run).toBe('run-0');
    expect(store.objects.size).toBe(1);
  });

  test('is lost when someone has removed it', async () => {
    const { clock, store, hold } = setUp();
    const lease = await hold();
    store.objects.clear();
    await clock.pass(20 * SECOND);
    expect(lease.lost.aborted).toBe(true);
    await lease.release();
  });

  test('is written again when the response to a renewal was lost, since it is as old as that', async () => {
    const { clock, store, hold } = setUp();
    const start = clock.now();
    const lease = await hold();
    loseResponse(store);
    await clock.pass(24 * SECOND);
    expect(store.objects.get(KEY)?.writtenAt).toBe(start + 20 * SECOND);
    await clock.pass(2 * SECOND);
    expect(store.objects.get(KEY)?.writtenAt).toBe(start + 25 * SECOND);
    await lease.release();
    expect([...store.objects]).toEqual([]);
  });

  test('is removed although the response to the last renewal was lost', async () => {
    const { clock, store, hold } = setUp();
    const lease = await hold();
    loseResponse(store);
    await clock.pass(21 * SECOND);
    await lease.release();
    expect([...store.objects]).toEqual([]);
  });

  test.each([-24 * 3600, 24 * 3600])('is kept when our clock is set by %i s', async (seconds) => {
    const { clock, hold } = setUp();
    const lease = await hold();
    await clock.pass(10 * SECOND);
    clock.offset = seconds * SECOND;
    await clock.pass(200 * SECOND);
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
  });

  test('is kept by a process that was suspended for two minutes, if no one has taken it over', async () => {
    const { clock, store, hold, acquire } = setUp();
    const lease = await hold();
    const replace = store.replaceIf.bind(store);
    store.replaceIf = async (...args) => {
      await clock.sleep(4 * SECOND);
      return replace(...args);
    };
    await clock.suspend(120 * SECOND);
    await clock.pass(10 * SECOND);
    expect(lease.lost.aborted).toBe(false);
    expect((await acquire()).heldBy).toBeDefined();
    await lease.release();
  });

  test('is lost to a process that was suspended for two minutes, if another one has taken it over', async () => {
    const { clock, hold, putOther, read } = setUp();
    const lease = await hold();
    putOther('elsewhere', 2, 0);
    await clock.suspend(120 * SECOND);
    expect(lease.lost.aborted).toBe(true);
    await lease.release();
    expect(read().run).toBe('run-0');
  });

  test('is renewed at once if it took long to acquire it', async () => {
    const { clock, store, hold } = setUp();
    const put = store.putIfAbsent.bind(store);
    store.putIfAbsent = async (...args) => {
      const etag = await put(...args);
      await clock.sleep(50 * SECOND);
      return etag;
    };
    const holding = hold();
    await clock.pass(50 * SECOND);
    const lease = await holding;
    await clock.pass(0);
    expect(store.objects.get(KEY)?.writtenAt).toBe(clock.now());
    await lease.release();
  });

  test('that cannot be removed is only a warning', async () => {
    const { store, events, hold } = setUp();
    const lease = await hold();
    breakStore(store, 'remove');
    await lease.release();
    expect(events).toEqual([
      {
        type: 'warning',
        message: `the lease ${KEY} could not be removed, and is stale after 90 s: Error: no network`,
      },
    ]);
  });
});
