import type { Clock } from './clock.js';

/** Allows a number of calls in any period of time (a sliding window). */
export class RateLimiter {
  /** When the most recent calls started or will start, oldest first; at most `count` of them. */
  private readonly starts: number[] = [];

  /**
   * @param count calls allowed per period
   * @param periodMs length of the period
   */
  constructor(
    private readonly clock: Clock,
    private readonly count: number,
    private readonly periodMs: number,
  ) {}

  /** Resolves when the next call may start. */
  async acquire(): Promise<void> {
    const now = this.clock.now();
    const oldest = this.starts.length < this.count ? undefined : this.starts.shift();
    const start = oldest === undefined ? now : Math.max(now, oldest + this.periodMs);
    this.starts.push(start);
    if (start > now) await this.clock.sleep(start - now);
  }
}
