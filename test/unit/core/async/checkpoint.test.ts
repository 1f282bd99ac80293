import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Checkpoint } from '../../../../src/core/async/checkpoint.js';

/** What `performance.now()` returns. */
let now = 0;

beforeEach(() => {
  now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => void vi.restoreAllMocks());

/** Whether the event loop turns while the checkpoint is passed. */
async function yieldsDuringPass(checkpoint: Checkpoint): Promise<boolean> {
  let hasTurned = false;
  // Scheduled before the checkpoint's own immediate, and therefore run before it.
  const immediate = setImmediate(() => {
    hasTurned = true;
  });
  await checkpoint.pass();
  clearImmediate(immediate);
  return hasTurned;
}

test.each([
  [0, false],
  [19, false],
  [20, true],
  [1000, true],
])('after %i ms of work, passing yields to the event loop: %s', async (milliseconds, yields) => {
  const checkpoint = new Checkpoint();
  now += milliseconds;
  expect(await yieldsDuringPass(checkpoint)).toBe(yields);
});

test('the time starts again after it has yielded', async () => {
  const checkpoint = new Checkpoint();
  now += 20;
  expect(await yieldsDuringPass(checkpoint)).toBe(true);
  now += 19;
  expect(await yieldsDuringPass(checkpoint)).toBe(false);
  now += 1;
  expect(await yieldsDuringPass(checkpoint)).toBe(true);
});

test('parts of the task that pass while it yields wait as well', async () => {
  const checkpoint = new Checkpoint();
  now += 20;
  const order: string[] = [];
  const first = checkpoint.pass().then(() => order.push('first'));
  now -= 20;
  const second = checkpoint.pass().then(() => order.push('second'));
  setImmediate(() => order.push('other work'));
  await Promise.resolve();
  await Promise.resolve();
  expect(order).toEqual([]);
  await Promise.all([first, second]);
  expect(order.slice(0, 2)).toEqual(['first', 'second']);
});

test('passing throws once the signal is aborted', async () => {
  const controller = new AbortController();
  const checkpoint = new Checkpoint(controller.signal);
  await checkpoint.pass();
  controller.abort();
  await expect(checkpoint.pass()).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

test('passing throws when the signal is aborted while it yields', async () => {
  const controller = new AbortController();
  const checkpoint = new Checkpoint(controller.signal);
  now += 20;
  const passed = checkpoint.pass();
  controller.abort();
  await expect(passed).rejects.toMatchObject({ code: 'INTERRUPTED' });
});
