import { throwIfAborted } from './clock.js';

/** How long work may block the event loop. */
const MAX_TURN_MS = 20;

/**
 * A point that long-running work passes repeatedly, where it can be aborted and where it yields to the event loop:
 * awaiting data that is already in memory only runs microtasks, so signals, timers and other requests would wait. All
 * parts of one task share a checkpoint.
 */
export class Checkpoint {
  private turnStart = performance.now();
  private pause: Promise<void> | undefined;

  /** @param signal aborts the work; undefined for work that cannot be aborted */
  constructor(private readonly signal?: AbortSignal) {}

  /** @throws AppsctlError INTERRUPTED once the signal is aborted */
  async pass(): Promise<void> {
    throwIfAborted(this.signal);
    if (this.pause === undefined) {
      if (performance.now() - this.turnStart < MAX_TURN_MS) return;
      this.pause = new Promise((resolve) => setImmediate(resolve)).then(() => {
        this.pause = undefined;
        this.turnStart = performance.now();
      });
    }
    // Concurrent parts of the task wait as well; otherwise they would keep the event loop busy.
    await this.pause;
    throwIfAborted(this.signal);
  }
}
