import type { Clock } from '../../src/core/async/clock.js';

/** A clock whose waits take no time. It starts at the real time, because signatures depend on it. */
export class FakeClock implements Clock {
  private passed = 0;
  /** All waits so far, in milliseconds. */
  readonly waits: number[] = [];

  now(): number {
    return Date.now() + this.passed;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.waits.push(milliseconds);
    this.passed += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Milliseconds that were waited. */
  get waited(): number {
    return this.passed;
  }
}
