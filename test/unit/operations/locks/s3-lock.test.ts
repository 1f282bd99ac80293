import { describe, expect, test } from 'vitest';
import { acquireLock, type LockContext, removeStaleLock } from '../../../../src/operations/locks/s3-lock.js';
import { MemoryBucket, machine, waitContext } from '../../../support/memory-ports.js';
import { WAIT } from '../../../support/messages/deploy.js';

const KEY = 'locks/p.json';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Pauses grow to 2 s, and vary by half of that. */
const LONGEST_PAUSE = 3000;

/** A bucket, and a process on machine `here` that acquires its lock. */
function setUp(changes: Partial<LockContext> = {}) {
  const store = new MemoryBucket();
  const waiting = waitContext();
  const context: LockContext = { ...waiting, store, process: machine('here', 1), ...changes };
  const lock = () => acquireLock(context, KEY, 'policy p');
  const replace = (body: string, etag = '"other"'): void => {
    store.objects.set(KEY, { body: Buffer.from(body), etag });
  };
  /** Puts the lock of another process, which is this old by that process's clock. */
  const putOther = (host: string, pid: number, age = 0): void => {
    const time = new Date(waiting.clock.now() - age).toISOString();
    replace(JSON.stringify({ owner: 'other', host, pid, time }));
  };
  const isLocked = (): boolean => store.objects.has(KEY);
  const readLock = () => JSON.parse(Buffer.from(store.objects.get(KEY)?.body ?? []).toString());
  return { ...waiting, store, context, lock, replace, putOther, isLocked, readLock };
}

describe('a lock that does not exist', () => {
  test('is created without waiting, and removed when it is released', async () => {
    const { clock, lock, isLocked, readLock } = setUp();
    const { release } = await lock();
    expect(clock.waited).toBe(0);
    expect(readLock()).toEqual({
      owner: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...{ host: 'here', pid: 1, time: '2026-11-21T00:00:00.000Z' },
    });
    await release();
    expect(isLocked()).toBe(false);
  });

  test('is ours if the response to our own PUT was lost', async () => {
    const { store, clock, lock, isLocked } = setUp();
    const put = store.putIfAbsent.bind(store);
    store.putIfAbsent = async (key, body) => {
      store.putIfAbsent = put;
      await put(key, body);
      return undefined;
    };
    const { release } = await lock();
    expect(clock.waited).toBe(0);
    await release();
    expect(isLocked()).toBe(false);
  });

  test('has another owner in each deployment', async () => {
    const { lock, readLock } = setUp();
    const owners = new Set<string>();
    for (let count = 0; count < 2; count++) {
      const { release } = await lock();
      owners.add(readLock().owner);
      await release();
    }
    expect(owners.size).toBe(2);
  });
});

describe('a lock of another deployment', () => {
  test.each<[string, string, number, number, 'immediately' | 'after a minute']>([
    ['whose process on this machine has ended', 'here', 2, 0, 'immediately'],
    ['whose process on this machine is running', 'here', 1, 0, 'after a minute'],
    ['of another machine', 'elsewhere', 2, 0, 'after a minute'],
    ['of another machine whose clock is 29 minutes behind', 'elsewhere', 2, 29 * MINUTE, 'after a minute'],
    ['older than any clock skew', 'elsewhere', 2, DAY + MINUTE + 1, 'immediately'],
    ['of another machine whose clock is 12 hours behind', 'elsewhere', 2, 12 * 60 * MINUTE, 'after a minute'],
    ['of another machine whose clock is 45 minutes ahead', 'elsewhere', 2, -45 * MINUTE, 'after a minute'],
  ])('%s is taken over (%s, process %i, age %i ms: %s)', async (_, host, pid, age, when) => {
    const { clock, events, lock, putOther, readLock, isLocked } = setUp();
    putOther(host, pid, age);
    const { release } = await lock();
    if (when === 'immediately') {
      expect({ waited: clock.waited, events }).toEqual({ waited: 0, events: [] });
    } else {
      expect(clock.waited).toBeGreaterThan(MINUTE);
      expect(clock.waited).toBeLessThanOrEqual(MINUTE + LONGEST_PAUSE);
      expect(events).toEqual([{ type: 'waiting', reason: WAIT.lock('p') }]);
    }
    expect(readLock()).toMatchObject({ host: 'here', pid: 1 });
    await release();
    expect(isLocked()).toBe(false);
  });

  test.each(['', '[]', '{"owner":1,"host":2,"pid":"x","time":7}', '{"host":"here"}', '{"pid":2}'])(
    'that contains %j is taken over after a minute',
    async (text) => {
      const { clock, replace, lock } = setUp();
      replace(text);
      await lock();
      expect(clock.waited).toBeGreaterThan(MINUTE);
    },
  );

  test('is acquired as soon as it is released', async () => {
    const { clock, lock, putOther, store } = setUp();
    putOther('elsewhere', 2);
    const read = store.getWithEtag.bind(store);
    let reads = 0;
    store.getWithEtag = async (key) => {
      if (++reads === 3) store.objects.delete(key);
      return read(key);
    };
    await lock();
    expect(clock.waited).toBeLessThan(LONGEST_PAUSE);
  });

  test('that changes is waited for a minute from then on', async () => {
    const { clock, lock, putOther, replace, store } = setUp();
    putOther('elsewhere', 2);
    const read = store.getWithEtag.bind(store);
    let isReplaced = false;
    store.getWithEtag = async (key) => {
      if (clock.waited > MINUTE / 2 && !isReplaced) {
        isReplaced = true;
        replace('{"owner":"third"}', '"third"');
      }
      return read(key);
    };
    await lock();
    expect(clock.waited).toBeGreaterThan(1.5 * MINUTE);
  });

  test('is not taken over after exactly a minute', async () => {
    const { clock, lock, putOther, store } = setUp();
    putOther('elsewhere', 2);
    clock.sleep = async (milliseconds) => {
      // One pause of exactly a minute, then short ones.
      const pause = clock.waited === 0 ? MINUTE : milliseconds;
      await Object.getPrototypeOf(clock).sleep.call(clock, pause);
    };
    const replacedAt: number[] = [];
    store.beforeChange = (change) => {
      if (change === `replace ${KEY}`) replacedAt.push(clock.waited);
    };
    await lock();
    expect(replacedAt).toHaveLength(1);
    expect(replacedAt[0]).toBeGreaterThan(MINUTE);
  });

  test('that another deployment takes over first is waited for again', async () => {
    const { clock, store, lock, replace, putOther } = setUp();
    putOther('here', 2);
    store.beforeChange = (change) => {
      if (change !== `replace ${KEY}`) return;
      store.beforeChange = () => {};
      replace('{"owner":"faster","host":"here","pid":1}', '"faster"');
    };
    await lock();
    expect(clock.waited).toBeGreaterThan(MINUTE);
  });

  test('that does not become free is given up with CONFLICT after ten minutes', async () => {
    const { clock, store, lock, putOther } = setUp();
    putOther('elsewhere', 2);
    const read = store.getWithEtag.bind(store);
    let changes = 0;
    store.getWithEtag = async (key) => {
      const found = await read(key);
      return found && { ...found, etag: `"${++changes}"` };
    };
    await expect(lock()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/^other deployments have been changing policy p for 60\d s$/),
      hint: `try again; if no other deployment is running, delete s3://bucket/${KEY}`,
    });
    expect(clock.waited).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(clock.waited).toBeLessThanOrEqual(10 * MINUTE + LONGEST_PAUSE);
  });

  test('is tried at varying moments, so that deployments do not try at the same ones', async () => {
    const { clock, lock, putOther } = setUp();
    putOther('elsewhere', 2);
    await lock();
    expect(Math.max(...clock.waits)).toBeLessThanOrEqual(LONGEST_PAUSE);
    expect(clock.waits[0]).toBeLessThanOrEqual(150);
    expect(new Set(clock.waits.slice(-5)).size).toBe(5);
  });

  test('is waited for until the signal is aborted', async () => {
    const controller = new AbortController();
    const { lock, putOther } = setUp({ signal: controller.signal });
    putOther('elsewhere', 2);
    controller.abort();
    await expect(lock()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('releasing', () => {
  test('twice has no effect on the lock of the next deployment', async () => {
    const { lock, isLocked } = setUp();
    const first = await lock();
    await first.release();
    await lock();
    await first.release();
    expect(isLocked()).toBe(true);
  });

  test('has no effect on a lock that was taken over', async () => {
    const { lock, replace, isLocked } = setUp();
    const { release } = await lock();
    replace('{"owner":"other"}');
    await release();
    expect(isLocked()).toBe(true);
  });
});

describe('removing a stale lock', () => {
  test.each([
    ['whose process has ended', 'here', 2, 0, false],
    ['whose process is running', 'here', 1, 0, true],
    ['of another machine', 'elsewhere', 2, 0, true],
    ['as old as clock skew can explain', 'elsewhere', 2, DAY + MINUTE, true],
    ['older than any clock skew', 'elsewhere', 2, DAY + MINUTE + 1, false],
  ])('%s (%s, process %i, age %i ms): it remains: %j', async (_, host, pid, age, remains) => {
    const { context, store, putOther, isLocked } = setUp();
    putOther(host, pid, age);
    const found = store.objects.get(KEY);
    if (found !== undefined) await removeStaleLock(context, KEY, found);
    expect(isLocked()).toBe(remains);
  });

  test('has no effect if another deployment has taken it over', async () => {
    const { context, store, putOther, replace, isLocked } = setUp();
    putOther('here', 2);
    const found = store.objects.get(KEY);
    replace('{"owner":"faster"}', '"faster"');
    if (found !== undefined) await removeStaleLock(context, KEY, found);
    expect(isLocked()).toBe(true);
  });
});
