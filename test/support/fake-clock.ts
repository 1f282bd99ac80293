import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Clock } from '../../src/core/async/clock.js';

/** A clock that starts at the real time, because signatures depend on it, and advances only while something waits. */
export class FakeClock implements Clock {
  private readonly start = Date.now();
  private passed = 0;
  /** All waits so far, in milliseconds. */
  readonly waits: number[] = [];

  /** @param speedup how many times faster than real ones its waits are; by default they take no time */
  constructor(private readonly speedup = Number.POSITIVE_INFINITY) {}

  now(): number {
    return this.start + this.passed;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.waits.push(milliseconds);
    this.passed += milliseconds;
    await (this.speedup === Number.POSITIVE_INFINITY
      ? setImmediate()
      : setTimeout(milliseconds / this.speedup));
  }

  /** The sum of all waits, in milliseconds. */
  get waited(): number {
    return this.passed;
  }
}
