/**
 * Works on many items at once. When one fails, no further one is begun; those under way come to their end, so that
 * nothing happens any more once this has answered.
 *
 * @param items what to work on, in the order in which to begin
 * @param limit how many at once
 * @param work what to do with one item
 * @returns the results in the order of the items
 * @throws the first error
 */
export async function mapConcurrent<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as Item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}

/**
 * Does several different things at once and waits until all have ended, even if one fails.
 *
 * @throws the first error, in the order of the arguments
 */
export async function settleAll<const Results extends readonly unknown[]>(
  ...promises: { [Index in keyof Results]: Promise<Results[Index]> }
): Promise<Results> {
  const settled = await Promise.allSettled(promises);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as Results;
}

/** A number of units, such as bytes of memory, that may be in use at once; who finds too few waits for its turn. */
export class Semaphore {
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly capacity: number) {}

  /** Runs work that takes so many units; more than there are is allowed, but only alone. */
  async run<Result>(units: number, work: () => Promise<Result>): Promise<Result> {
    while (this.used > 0 && this.used + units > this.capacity) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.used += units;
    try {
      return await work();
    } finally {
      this.used -= units;
      for (const wake of this.waiting.splice(0)) wake();
    }
  }
}
