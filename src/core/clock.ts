import { AppsctlError } from './errors.js';

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
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new AppsctlError('INTERRUPTED', 'interrupted', { hint: 'the same command again does the rest' });
  }
}

/** Lets things begin no faster than a rate. */
export class RateLimit {
  private free = 0;

  /** @param interval milliseconds from one to the next */
  constructor(
    private readonly clock: Clock,
    private readonly interval: number,
  ) {}

  /** Resolves when the next thing may begin. */
  async turn(): Promise<void> {
    const now = this.clock.now();
    const start = Math.max(now, this.free);
    this.free = start + this.interval;
    if (start > now) await this.clock.sleep(start - now);
  }
}
