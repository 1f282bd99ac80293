/** How many requests about many things are in flight at a time, where a service has no limit of its own for them. */
export const CONCURRENT_REQUESTS = 16;

/**
 * Maps items with limited concurrency. After a failure no further item is started, but those in progress are awaited,
 * so that nothing runs any more once the returned promise has settled.
 *
 * @param items started in this order
 * @param limit how many run concurrently
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
 * As `Promise.all`, but waits until all promises have settled, even if one is rejected.
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

/** A weighted semaphore: limits the units, such as bytes of memory, that are in use concurrently. */
export class Semaphore {
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly capacity: number) {}

  /**
   * Runs work once enough units are free.
   *
   * @param units may exceed the capacity; the work then runs alone
   */
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
