import { expect, test } from 'vitest';
import { AdaptiveLimiter } from '../../../../src/core/async/adaptive-limiter.js';

const never = (): Promise<never> => new Promise(() => undefined);
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A service that reports an overload while more calls run than it has capacity for. */
function fakeService(capacity: number) {
  let running = 0;
  let peak = 0;
  const call = async (onOverload: () => void): Promise<void> => {
    peak = Math.max(peak, ++running);
    while (running > capacity) {
      onOverload();
      await soon();
      running--;
      await soon();
      running++;
    }
    await soon();
    running--;
  };
  return {
    call,
    takePeak: () => {
      const result = peak;
      peak = running;
      return result;
    },
  };
}

test('as many calls run concurrently as the limit allows, and no more', async () => {
  const limiter = new AdaptiveLimiter(8);
  const { call, takePeak } = fakeService(100);
  await Promise.all(Array.from({ length: 50 }, () => limiter.run(call)));
  expect(takePeak()).toBe(8);
});

test('an overload halves the limit once, however many calls report it', async () => {
  const limiter = new AdaptiveLimiter(8);
  const calls: (() => void)[] = [];
  for (let index = 0; index < 8; index++) {
    void limiter.run((onOverload) => {
      calls.push(onOverload);
      return never();
    });
  }
  await soon();
  for (const onOverload of calls) onOverload();
  expect(limiter.current).toBe(4);
  calls[0]?.();
  expect(limiter.current).toBe(2);
  for (let index = 0; index < 8; index++) calls[0]?.();
  expect(limiter.current).toBe(1);
});

test('each round without an overload raises the limit by one, up to the maximum', async () => {
  const limiter = new AdaptiveLimiter(8);
  await limiter.run(async (onOverload) => onOverload());
  expect(limiter.current).toBe(4);
  const round = () => Promise.all(Array.from({ length: limiter.current + 1 }, () => limiter.run(soon)));
  await round();
  expect(limiter.current).toBe(5);
  for (let index = 0; index < 10; index++) await round();
  expect(limiter.current).toBe(8);
});

test('the limit settles near the capacity of the service', async () => {
  const limiter = new AdaptiveLimiter(64);
  const { call, takePeak } = fakeService(10);
  const many = () => Promise.all(Array.from({ length: 1000 }, () => limiter.run(call)));
  await many();
  takePeak();
  await many();
  expect(takePeak()).toBeGreaterThan(8);
  expect(takePeak()).toBeLessThan(13);
});

test('a call that fails frees its slot and does not raise the limit', async () => {
  const limiter = new AdaptiveLimiter(2);
  const fail = () => limiter.run(() => Promise.reject(new Error('failed')));
  await limiter.run(async (onOverload) => onOverload());
  expect(limiter.current).toBe(2);
  await expect(
    limiter.run(async (onOverload) => {
      onOverload();
      throw new Error('failed');
    }),
  ).rejects.toThrow('failed');
  for (let index = 0; index < 5; index++) await expect(fail()).rejects.toThrow('failed');
  expect(limiter.current).toBe(1);
  await expect(limiter.run(async () => 'done')).resolves.toBe('done');
});

test('calls that wait are started in order, one for each slot that becomes free', async () => {
  const limiter = new AdaptiveLimiter(2);
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const runs = [0, 1, 2, 3, 4].map((index) =>
    limiter.run(() => {
      started.push(index);
      return new Promise<void>((resolve) => finish.push(resolve));
    }),
  );
  await soon();
  expect(started).toEqual([0, 1]);
  for (const count of [3, 4, 5]) {
    finish.shift()?.();
    await soon();
    expect(started).toHaveLength(count);
  }
  for (const resolve of finish) resolve();
  await Promise.all(runs);
  expect(started).toEqual([0, 1, 2, 3, 4]);
});
