import { AppsctlError } from '../diagnostics/error.js';

/** Time, as a port: tests replace it, so that waits of minutes take no time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal says so. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal?.addEventListener('abort', end);
    }),
};

/** Thrown at the next point where it is safe to stop. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new AppsctlError('INTERRUPTED', 'interrupted', { hint: 'the same command again does the rest' });
  }
}

/** Lets so many things begin in any period of time, at once or one by one. */
export class RateLimiter {
  /** When the last ones began or are to begin, at most as many as may within a period. */
  private readonly turns: number[] = [];

  /** @param period milliseconds */
  constructor(
    private readonly clock: Clock,
    private readonly count: number,
    private readonly period: number,
  ) {}

  /** Resolves when the next thing may begin. */
  async acquire(): Promise<void> {
    const now = this.clock.now();
    const first = this.turns.length < this.count ? undefined : this.turns.shift();
    const start = first === undefined ? now : Math.max(now, first + this.period);
    this.turns.push(start);
    if (start > now) await this.clock.sleep(start - now);
  }
}
