/**
 * How much may be under way at once with a service: as much as it takes. Each time it is overloaded, half as much; each
 * round without that, one more.
 */
export class AdaptiveLimiter {
  private limit: number;
  private running = 0;
  /** Each overload begins another one; what was begun before it tells nothing new. */
  private era = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param largest how much at once at most, and at first */
  constructor(private readonly largest: number) {
    this.limit = largest;
  }

  /** How much may be under way now. */
  get current(): number {
    return Math.floor(this.limit);
  }

  /**
   * Does something once it may be begun.
   *
   * @param work is told how to say that the service is overloaded; it may say so more than once
   */
  async run<Result>(work: (overloaded: () => void) => Promise<Result>): Promise<Result> {
    while (this.running >= this.current) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
    let { era } = this;
    try {
      const result = await work(() => {
        if (era === this.era) {
          this.era++;
          this.limit = Math.max(1, this.limit / 2);
        }
        era = this.era;
      });
      this.limit = Math.min(this.largest, this.limit + 1 / this.limit);
      return result;
    } finally {
      this.running--;
      for (let free = this.current - this.running; free > 0; free--) this.waiting.shift()?.();
    }
  }
}
