import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/core/async/clock.js';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** A clock that stands still until a test moves it on. */
export class ManualClock implements Clock {
  private elapsed = 0;
  /** What is added to the time that it shows, as if it had been set. */
  offset = 0;
  private readonly sleepers = new Set<Sleeper>();

  constructor(private readonly start = Date.parse('2026-11-21')) {}

  now(): number {
    return this.start + this.elapsed + this.offset;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        this.sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { until: this.elapsed + milliseconds, wake };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  /** How many waits have not ended. */
  get waiting(): number {
    return this.sleepers.size;
  }

  /** Lets time pass; all that waits wakes up when it is time. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.elapsed + milliseconds;
    for (;;) {
      await settle();
      const [next] = [...this.sleepers].sort((a, b) => a.until - b.until);
      if (next === undefined || next.until > end) break;
      this.elapsed = Math.max(this.elapsed, next.until);
      next.wake();
    }
    this.elapsed = end;
    await settle();
  }

  /** Lets time pass in which this process is suspended: then all that waits wakes up at once. */
  async suspend(milliseconds: number): Promise<void> {
    await settle();
    this.elapsed += milliseconds;
    const late = [...this.sleepers].filter(({ until }) => until <= this.elapsed);
    for (const { wake } of late.sort((a, b) => a.until - b.until)) wake();
    await settle();
  }
}

/** Lets all that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}
