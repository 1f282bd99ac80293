/**
 * Merges sorted sequences into one, and holds one batch of each at a time.
 *
 * @param sequences each in batches, which may be empty
 * @param rank what the sequences are sorted by, in ascending order; items of the same rank keep the order of the sequences
 */
export async function* mergeSorted<T>(
  sequences: readonly AsyncIterable<readonly T[]>[],
  rank: (item: T) => number,
): AsyncGenerator<T> {
  const heads = sequences.map((sequence) => new Head(sequence));
  try {
    await Promise.all(heads.map((head) => head.fill()));
    for (;;) {
      let first: Head<T> | undefined;
      for (const head of heads) {
        if (head.item === undefined) continue;
        if (first?.item === undefined || rank(head.item) < rank(first.item)) first = head;
      }
      if (first?.item === undefined) return;
      yield first.item;
      if (!first.advance()) await first.fill();
    }
  } finally {
    await Promise.all(heads.map((head) => head.close()));
  }
}

/** The next item of a sequence. */
class Head<T> {
  private readonly batches: AsyncIterator<readonly T[]>;
  private batch: readonly T[] = [];
  private position = 0;

  constructor(sequence: AsyncIterable<readonly T[]>) {
    this.batches = sequence[Symbol.asyncIterator]();
  }

  /** Undefined at the end. */
  get item(): T | undefined {
    return this.batch[this.position];
  }

  /** Goes to the next item. Returns false at the end of the batch. */
  advance(): boolean {
    this.position++;
    return this.position < this.batch.length;
  }

  /** Reads the next batch that is not empty. */
  async fill(): Promise<void> {
    this.position = 0;
    do {
      const { value, done } = await this.batches.next();
      this.batch = done === true ? [] : value;
      if (done === true) return;
    } while (this.batch.length === 0);
  }

  async close(): Promise<void> {
    await this.batches.return?.();
  }
}
