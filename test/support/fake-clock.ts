import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Clock } from '../../src/core/async/clock.js';

/** Waits of a lease are at least as long. They go on in the background, and must not end early on a machine under load. */
const LEASE_MS = 20_000;
/** By how much they take longer than others. */
const SLOWDOWN = 10;

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

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(milliseconds);
    if (milliseconds >= LEASE_MS && this.speedup !== Number.POSITIVE_INFINITY) {
      const isOver = await setTimeout((milliseconds * SLOWDOWN) / this.speedup, true, { signal }).catch(
        () => false,
      );
      if (isOver) this.passed += milliseconds;
      return;
    }
    this.passed += milliseconds;
    await (this.speedup === Number.POSITIVE_INFINITY
      ? setImmediate()
      : setTimeout(milliseconds / this.speedup, undefined, { signal }).catch(() => {}));
  }

  /** The sum of all waits, in milliseconds. */
  get waited(): number {
    return this.passed;
  }
}
