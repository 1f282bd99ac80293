/**
 * Limits the number of concurrent calls to a service by additive increase, multiplicative decrease (AIMD): an overload
 * halves the limit, a round of calls without one raises it by 1.
 */
export class AdaptiveLimiter {
  private limit: number;
  private running = 0;
  /** Incremented by each overload; calls that started before the latest one do not reduce the limit again. */
  private generation = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param maxLimit the highest limit, and the initial one */
  constructor(private readonly maxLimit: number) {
    this.limit = maxLimit;
  }

  /** The number of calls that may run concurrently now. */
  get current(): number {
    return Math.floor(this.limit);
  }

  /**
   * Makes a call once the limit permits it.
   *
   * @param work calls `onOverload` each time that the service reports an overload
   */
  async run<Result>(work: (onOverload: () => void) => Promise<Result>): Promise<Result> {
    while (this.running >= this.current) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
    let { generation } = this;
    try {
      const result = await work(() => {
        if (generation === this.generation) {
          this.generation++;
          this.limit = Math.max(1, this.limit / 2);
        }
        generation = this.generation;
      });
      this.limit = Math.min(this.maxLimit, this.limit + 1 / this.limit);
      return result;
    } finally {
      this.running--;
      for (let free = this.current - this.running; free > 0; free--) this.waiting.shift()?.();
    }
  }
}
