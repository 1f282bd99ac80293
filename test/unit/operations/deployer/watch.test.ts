import { describe, expect, test } from 'vitest';
import type { DeployerEvent } from '../../../../src/core/deployer/event.js';
import { parsePeriod } from '../../../../src/core/deployer/period.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { watchPasses } from '../../../../src/operations/deployer/watch.js';
import { waitContext } from '../../../support/memory-ports/memory-context.js';

const INTERVAL = parsePeriod('5m') ?? 0;
const INTERRUPTED = { code: 'INTERRUPTED' };

/** Makes passes until a number of them has begun; each does something. */
async function watch(count: number, pass: (index: number) => Promise<unknown> = async () => {}) {
  const stop = new AbortController();
  const { clock, signal } = waitContext(stop.signal);
  const events: DeployerEvent[] = [];
  let begun = 0;
  const result = watchPasses(
    INTERVAL,
    async () => {
      begun++;
      if (begun === count) stop.abort();
      await pass(begun);
    },
    { clock, signal, onEvent: (event) => events.push(event), random: () => begun / 4 },
  );
  const error: unknown = await result.catch((thrown: unknown) => thrown);
  return { error, begun, waits: clock.waits, events };
}

describe('the loop of passes', () => {
  test('goes on until it is stopped, with pauses that vary', async () => {
    const { error, begun, waits } = await watch(4);
    expect(error).toMatchObject(INTERRUPTED);
    expect(begun).toBe(4);
    expect(waits.slice(0, 3)).toEqual([285_000, 300_000, 315_000]);
  });

  test('never makes two passes at once', async () => {
    let running = 0;
    const { error } = await watch(5, async () => {
      running++;
      expect(running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
    expect(error).toMatchObject(INTERRUPTED);
  });

  test('reports a pass that fails, and goes on', async () => {
    const failure = new AppsctlError('NETWORK', 'no connection');
    const { begun, events } = await watch(3, async (index) => {
      if (index < 3) throw failure;
    });
    expect(begun).toBe(3);
    expect(events).toEqual([1, 2].map(() => ({ type: 'pass', state: 'failed', error: failure })));
  });

  test.each<[string, Error]>([
    ['invalid input', new AppsctlError('INVALID_VARIABLE', 'not valid')],
    ['an interruption', new AppsctlError('INTERRUPTED', 'interrupted: 2 bundles deployed')],
    ['a bug', new TypeError('a bug')],
  ])('ends after %s', async (_, failure) => {
    const { error, begun, events } = await watch(3, async () => {
      throw failure;
    });
    expect(error).toBe(failure);
    expect({ begun, events }).toEqual({ begun: 1, events: [] });
  });

  test('makes no pass when it was stopped before', async () => {
    const { clock, signal } = waitContext(AbortSignal.abort());
    const never = async (): Promise<never> => expect.unreachable();
    await expect(
      watchPasses(INTERVAL, never, { clock, signal, onEvent: () => {}, random: () => 0 }),
    ).rejects.toMatchObject(INTERRUPTED);
  });
});
