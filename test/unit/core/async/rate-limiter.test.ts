import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimiter } from '../../../../src/core/async/rate-limiter.js';

const PERIOD_MS = 1000;

/** When calls start that are requested at these times, in milliseconds. */
async function startTimes(requested: readonly number[], count: number): Promise<number[]> {
  let now = 0;
  const slept: number[] = [];
  const sleep = async (milliseconds: number): Promise<void> => {
    slept.push(milliseconds);
  };
  const limiter = new RateLimiter({ now: () => now, sleep }, count, PERIOD_MS);
  const starts: number[] = [];
  for (const time of requested) {
    now = time;
    await limiter.acquire();
    starts.push(now + (slept.pop() ?? 0));
  }
  return starts;
}

describe('RateLimiter', () => {
  test('starts as many calls as allowed immediately, and the others one period later', async () => {
    expect(await startTimes([0, 0, 0, 0, 0, 0, 0], 3)).toEqual([0, 0, 0, 1000, 1000, 1000, 2000]);
  });

  test('does not delay calls that are far enough apart', async () => {
    expect(await startTimes([0, 600, 1200, 1800], 2)).toEqual([0, 600, 1200, 1800]);
  });

  test('does not sleep when there is nothing to wait for', async () => {
    const sleep = () => Promise.reject(new Error('must not sleep'));
    let now = 0;
    const limiter = new RateLimiter({ now: () => now, sleep }, 1, PERIOD_MS);
    await limiter.acquire();
    now = PERIOD_MS;
    await limiter.acquire();
  });

  test('never starts more calls within a period than allowed, and none later than necessary', async () => {
    const times = fc.array(fc.nat(9000), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: 1, max: 9 }), async (requested, count) => {
        const starts = await startTimes(requested, count);
        starts.forEach((start, index) => {
          const free = index < count ? 0 : (starts[index - count] as number) + PERIOD_MS;
          expect(start).toBe(Math.max(requested[index] as number, free));
        });
      }),
    );
  });
});
