import { throwIfAborted } from './clock.js';

/** Milliseconds of work after which the rest of the process gets its turn. */
const MAX_TURN_MS = 20;

/**
 * A point that long work passes again and again, where it may be interrupted and where the process handles what has
 * come in since: signals, timers, other requests. Awaiting what is in memory already does not let it do that, however
 * often it happens. All parts of one piece of work share one checkpoint.
 */
export class Checkpoint {
  private turnBegan = performance.now();
  private pause: Promise<void> | undefined;

  /** @param signal interrupts the work; undefined for work that cannot be interrupted */
  constructor(private readonly signal?: AbortSignal) {}

  /** @throws AppsctlError INTERRUPTED once the signal is aborted */
  async pass(): Promise<void> {
    throwIfAborted(this.signal);
    if (this.pause === undefined) {
      if (performance.now() - this.turnBegan < MAX_TURN_MS) return;
      this.pause = new Promise((resolve) => setImmediate(resolve)).then(() => {
        this.pause = undefined;
        this.turnBegan = performance.now();
      });
    }
    // Whoever passes meanwhile waits too: otherwise the others would go on in its place.
    await this.pause;
    throwIfAborted(this.signal);
  }
}
