import { throwIfAborted } from '../core/async/clock.js';
import { AppsctlError } from '../core/diagnostics/error.js';

/** Ends a command when it is interrupted: at once as long as nothing is being changed. */
export class Interruption {
  private isChanging = false;

  /**
   * @param signal says that the command is interrupted
   * @param tell writes a line to standard error
   */
  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly tell: (line: string) => void,
  ) {}

  /**
   * Runs what changes something. From then on, the work itself stops at its next safe point.
   *
   * @throws AppsctlError INTERRUPTED when the command is interrupted already
   */
  async changing<T>(work: () => Promise<T>): Promise<T> {
    throwIfAborted(this.signal);
    this.isChanging = true;
    return work();
  }

  /** Waits for a command, or for its interruption. What it reads after that is of no interest any more. */
  async race(command: Promise<unknown>): Promise<void> {
    let stop = (): void => {};
    const interrupted = new Promise<never>((_, reject) => {
      const onAbort = (): void => {
        if (this.isChanging)
          this.tell('stopping at the next safe point; press Ctrl-C again to stop immediately');
        else reject(new AppsctlError('INTERRUPTED', 'interrupted: nothing was changed'));
      };
      if (this.signal?.aborted) onAbort();
      this.signal?.addEventListener('abort', onAbort);
      stop = () => this.signal?.removeEventListener('abort', onAbort);
    });
    // Whichever comes second has nobody who waits for it.
    for (const promise of [command, interrupted]) promise.catch(() => undefined);
    try {
      await Promise.race([command, interrupted]);
    } finally {
      stop();
    }
  }
}
