import { expect, test } from 'vitest';
import {
  acquireLock,
  type LockContext,
  removeStaleLock,
} from '../../../../src/operations/invoke-access/s3-lock.js';
import { MemoryBucket, machine, waitContext } from '../../../support/memory-ports.js';

const KEY = 'locks/p.json';
const MINUTE = 60_000;

/** A bucket, and a process that wants its lock. */
function setUp(changes: Partial<LockContext> = {}) {
  const store = new MemoryBucket();
  const waiting = waitContext();
  const context: LockContext = { ...waiting, store, process: machine('here', 1), ...changes };
  const lock = () => acquireLock(context, KEY, 'policy p');
  /** The lock of another process, made so many minutes ago by its clock. */
  const other = (host: string, pid: number, minutes = 0): void => {
    const time = new Date(waiting.clock.now() - minutes * MINUTE).toISOString();
    const body = Buffer.from(JSON.stringify({ owner: 'other', host, pid, time }));
    store.objects.set(KEY, { body, etag: '"other"' });
  };
  const isLocked = (): boolean => store.objects.has(KEY);
  return { ...waiting, store, context, lock, other, isLocked };
}

test('a lock that nobody holds is acquired at once, and released', async () => {
  const { clock, lock, isLocked } = setUp();
  const { release } = await lock();
  expect({ locked: isLocked(), waited: clock.waited }).toEqual({ locked: true, waited: 0 });
  await release();
  expect(isLocked()).toBe(false);
});

test('releasing twice does not take the lock of the next one', async () => {
  const { lock, isLocked } = setUp();
  const first = await lock();
  await first.release();
  await lock();
  await first.release();
  expect(isLocked()).toBe(true);
});

test('a lock that was created by a request whose answer was lost is our own', async () => {
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

test('a lock whose process has ended on this machine is taken over at once', async () => {
  const { clock, lock, other } = setUp();
  other('here', 2);
  await lock();
  expect(clock.waited).toBe(0);
});

test.each([
  ['whose process runs here', 'here', 1, 0],
  ['of another machine', 'elsewhere', 2, 0],
  ['of another machine, made half an hour ago by its clock', 'elsewhere', 2, 30],
])('a lock %s is taken over when it has not changed for a minute', async (_, host, pid, minutes) => {
  const { clock, events, lock, other } = setUp();
  other(host, pid, minutes);
  await lock();
  expect(clock.waited).toBeGreaterThan(MINUTE);
  expect(clock.waited).toBeLessThan(1.2 * MINUTE);
  expect(events).toEqual([{ type: 'waiting', reason: 'for another deployment to release policy p' }]);
});

test('a lock that is so old that no clock can be that wrong is taken over at once', async () => {
  const { clock, lock, other } = setUp();
  other('elsewhere', 2, 32);
  await lock();
  expect(clock.waited).toBe(0);
});

test.each(['', '[]', '{"owner":1,"pid":"x","time":7}'])(
  'a lock that says %j is waited for like any other',
  async (text) => {
    const { clock, store, lock } = setUp();
    store.objects.set(KEY, { body: Buffer.from(text), etag: '"other"' });
    await lock();
    expect(clock.waited).toBeGreaterThan(MINUTE);
  },
);

test('a lock that keeps changing hands is given up after ten minutes', async () => {
  const { clock, store, lock, other } = setUp();
  const find = store.getWithEtag.bind(store);
  let hands = 0;
  store.getWithEtag = async (key) => {
    const found = await find(key);
    return found && { ...found, etag: `"${++hands}"` };
  };
  other('elsewhere', 2);
  await expect(lock()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/^other deployments have been changing policy p for 60\d s$/),
    hint: `try again; if no other deployment runs, delete s3://bucket/${KEY}`,
  });
  expect(clock.waited).toBeLessThan(11 * MINUTE);
});

test('somebody else who takes over first keeps it', async () => {
  const { clock, store, lock, other } = setUp();
  other('here', 2);
  store.beforeChange = (change) => {
    if (change !== `replace ${KEY}`) return;
    store.beforeChange = () => {};
    other('here', 1);
    store.objects.set(KEY, { body: store.objects.get(KEY)?.body ?? Buffer.of(), etag: '"faster"' });
  };
  await lock();
  expect(clock.waited).toBeGreaterThan(MINUTE);
});

test('an interruption ends the wait', async () => {
  const interruption = new AbortController();
  const { lock, other } = setUp({ signal: interruption.signal });
  other('elsewhere', 2);
  interruption.abort();
  await expect(lock()).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

test.each([
  ['whose process has ended', 'here', 2, 0, false],
  ['whose process runs', 'here', 1, 0, true],
  ['of another machine', 'elsewhere', 2, 0, true],
  ['of long ago', 'elsewhere', 2, 32, false],
])(
  'of locks that were found by the way, one %s is removed or stays',
  async (_, host, pid, minutes, stays) => {
    const { context, store, other, isLocked } = setUp();
    other(host, pid, minutes);
    const found = store.objects.get(KEY);
    if (found !== undefined) await removeStaleLock(context, KEY, found);
    expect(isLocked()).toBe(stays);
  },
);
