import { describe, expect, test } from 'vitest';
import { mapConcurrent, Semaphore, settleAll } from '../../../../src/core/async/concurrency.js';

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that lasts until the test ends it. */
class Tasks {
  readonly started: string[] = [];
  private readonly pending = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();

  readonly run = (name: string): Promise<string> => {
    this.started.push(name);
    return new Promise((resolve, reject) => {
      this.pending.set(name, { resolve: () => resolve(name.toUpperCase()), reject });
    });
  };

  async finish(name: string): Promise<void> {
    this.pending.get(name)?.resolve();
    await soon();
  }

  async fail(name: string, error: unknown = new Error(name)): Promise<void> {
    this.pending.get(name)?.reject(error);
    await soon();
  }
}

/** Whether a promise is pending or how it has settled. */
function observe(promise: Promise<unknown>): { state: 'pending' | 'resolved' | 'rejected' } {
  const seen: { state: 'pending' | 'resolved' | 'rejected' } = { state: 'pending' };
  promise.then(
    () => {
      seen.state = 'resolved';
    },
    () => {
      seen.state = 'rejected';
    },
  );
  return seen;
}

describe('mapConcurrent', () => {
  test('starts items in order, never more than the limit, and returns the results in order', async () => {
    const tasks = new Tasks();
    const results = mapConcurrent(['a', 'b', 'c', 'd'], 2, tasks.run);
    expect(tasks.started).toEqual(['a', 'b']);
    await tasks.finish('b');
    expect(tasks.started).toEqual(['a', 'b', 'c']);
    await tasks.finish('c');
    expect(tasks.started).toEqual(['a', 'b', 'c', 'd']);
    await tasks.finish('d');
    await tasks.finish('a');
    expect(await results).toEqual(['A', 'B', 'C', 'D']);
  });

  test.each([
    [0, []],
    [1, [1]],
    [2, [1, 2]],
    [3, [1, 2, 3]],
  ])('maps %i items with a limit of 2', async (length, expected) => {
    const items = Array.from({ length }, (_, index) => index);
    expect(await mapConcurrent(items, 2, async (item) => item + 1)).toEqual(expected);
  });

  test('starts nothing after a failure, waits for what is in progress and throws the first error', async () => {
    const tasks = new Tasks();
    const results = mapConcurrent(['a', 'b', 'c', 'd', 'e'], 3, tasks.run);
    const seen = observe(results);
    await tasks.fail('b');
    await tasks.finish('a');
    expect([tasks.started, seen.state]).toEqual([['a', 'b', 'c'], 'pending']);
    await tasks.fail('c');
    expect(seen.state).toBe('rejected');
    expect(tasks.started).toEqual(['a', 'b', 'c']);
    await expect(results).rejects.toThrow(/^b$/);
  });

  test('fails even if what is thrown is undefined', async () => {
    await expect(mapConcurrent(['a'], 1, () => Promise.reject(undefined))).rejects.toBeUndefined();
  });
});

describe('settleAll', () => {
  test('returns the results in the order of the arguments', async () => {
    expect(
      await settleAll(
        soon().then(() => 'a'),
        Promise.resolve(1),
      ),
    ).toEqual(['a', 1]);
  });

  test('waits for all, and throws the first error in the order of the arguments', async () => {
    const tasks = new Tasks();
    const all = settleAll(tasks.run('a'), tasks.run('b'), tasks.run('c'));
    const seen = observe(all);
    await tasks.fail('c');
    await tasks.fail('b');
    expect(seen.state).toBe('pending');
    await tasks.finish('a');
    expect(seen.state).toBe('rejected');
    await expect(all).rejects.toThrow(/^b$/);
  });
});

describe('Semaphore', () => {
  test.each<[string, number[], number]>([
    ['fills the capacity exactly', [2, 3], 2],
    ['does not exceed the capacity', [2, 4], 1],
    ['runs what exceeds the capacity alone', [9, 1], 1],
    ['does not start what exceeds the capacity while other work runs', [1, 9], 1],
    ['starts work of no units beside work that fills the capacity', [5, 0], 2],
  ])('%s', async (_, units, started) => {
    const tasks = new Tasks();
    const semaphore = new Semaphore(5);
    const names = units.map((_, index) => `${index}`);
    const runs = units.map((weight, index) => semaphore.run(weight, () => tasks.run(`${index}`)));
    await soon();
    expect(tasks.started).toHaveLength(started);
    for (const name of names) await tasks.finish(name);
    expect(await Promise.all(runs)).toEqual(names);
  });

  test('starts all waiting work that fits once units are released', async () => {
    const tasks = new Tasks();
    const semaphore = new Semaphore(5);
    const weights: [string, number][] = [
      ['a', 5],
      ['b', 2],
      ['c', 3],
      ['d', 1],
    ];
    for (const [name, weight] of weights) void semaphore.run(weight, () => tasks.run(name));
    expect(tasks.started).toEqual(['a']);
    await tasks.finish('a');
    expect(tasks.started).toEqual(['a', 'b', 'c']);
    await tasks.finish('b');
    expect(tasks.started).toEqual(['a', 'b', 'c', 'd']);
  });

  test('releases the units of work that fails, and throws its error', async () => {
    const semaphore = new Semaphore(5);
    await expect(semaphore.run(5, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await semaphore.run(5, async () => 'done')).toBe('done');
  });
});
