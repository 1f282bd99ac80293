import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimiter } from '../../../../src/core/async/clock.js';

const PERIOD = 1000;

/** When turns come, in milliseconds, that are asked for at such times. */
async function turns(asked: readonly number[], count: number): Promise<number[]> {
  let now = 0;
  let waited = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    waited = milliseconds;
  };
  const limit = new RateLimiter({ now: () => now, sleep }, count, PERIOD);
  const starts: number[] = [];
  for (const time of asked) {
    now = time;
    waited = 0;
    await limit.acquire();
    starts.push(now + waited);
  }
  return starts;
}

describe('RateLimit', () => {
  test('lets as many begin at once as may, and the others a period later', async () => {
    expect(await turns([0, 0, 0, 0, 0, 0, 0], 3)).toEqual([0, 0, 0, 1000, 1000, 1000, 2000]);
  });

  test('keeps nobody waiting who comes late enough', async () => {
    expect(await turns([0, 600, 1200, 1800], 2)).toEqual([0, 600, 1200, 1800]);
  });

  test('never lets more begin within a period than may, and nobody later than need be', async () => {
    const times = fc.array(fc.nat(9000), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: 1, max: 9 }), async (asked, count) => {
        const starts = await turns(asked, count);
        starts.forEach((start, index) => {
          const free = index < count ? 0 : (starts[index - count] as number) + PERIOD;
          expect(start).toBe(Math.max(asked[index] as number, free));
        });
      }),
    );
  });
});
