import { expect, test } from 'vitest';
import { AdaptiveLimiter } from '../../../../src/core/async/adaptive-limit.js';

const never = (): Promise<never> => new Promise(() => undefined);
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A service that is overloaded by more than so much at once. */
function service(capacity: number) {
  let running = 0;
  let peak = 0;
  const work = async (overloaded: () => void): Promise<void> => {
    peak = Math.max(peak, ++running);
    while (running > capacity) {
      overloaded();
      await soon();
      running--;
      await soon();
      running++;
    }
    await soon();
    running--;
  };
  return {
    work,
    takePeak: () => {
      const result = peak;
      peak = running;
      return result;
    },
  };
}

test('as much as is allowed is under way, and no more', async () => {
  const limit = new AdaptiveLimiter(8);
  const { work, takePeak } = service(100);
  await Promise.all(Array.from({ length: 50 }, () => limit.run(work)));
  expect(takePeak()).toBe(8);
});

test('an overload halves it once, however much was under way', async () => {
  const limit = new AdaptiveLimiter(8);
  const calls: (() => void)[] = [];
  for (let index = 0; index < 8; index++) {
    void limit.run((overloaded) => {
      calls.push(overloaded);
      return never();
    });
  }
  await soon();
  for (const overloaded of calls) overloaded();
  expect(limit.current).toBe(4);
  calls[0]?.();
  expect(limit.current).toBe(2);
  for (let index = 0; index < 8; index++) calls[0]?.();
  expect(limit.current).toBe(1);
});

test('each round without an overload adds one, up to the most', async () => {
  const limit = new AdaptiveLimiter(8);
  await limit.run(async (overloaded) => overloaded());
  expect(limit.current).toBe(4);
  const round = () => Promise.all(Array.from({ length: limit.current + 1 }, () => limit.run(soon)));
  await round();
  expect(limit.current).toBe(5);
  for (let index = 0; index < 10; index++) await round();
  expect(limit.current).toBe(8);
});

test('it settles near what the service takes', async () => {
  const limit = new AdaptiveLimiter(64);
  const { work, takePeak } = service(10);
  const many = () => Promise.all(Array.from({ length: 1000 }, () => limit.run(work)));
  await many();
  takePeak();
  await many();
  expect(takePeak()).toBeGreaterThan(8);
  expect(takePeak()).toBeLessThan(13);
});

test('what fails makes room for the next', async () => {
  const limit = new AdaptiveLimiter(1);
  await expect(limit.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  await expect(limit.run(async () => 'done')).resolves.toBe('done');
});
