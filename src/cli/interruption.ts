import { throwIfAborted } from '../core/async/clock.js';
import { AppsctlError } from '../core/diagnostics/error.js';

/** Ends a command when it is interrupted: immediately while nothing is being changed. */
export class Interruption {
  private isChanging = false;
  private isBuilding = false;
  private isEndless = false;
  private isAsking = false;
  private hasCalled = false;
  /** Whether the command was ended without waiting for it: what it still says is of no interest. */
  hasEndedCommand = false;

  /**
   * @param signal is aborted when the command is interrupted
   * @param writeLine writes a line to standard error
   * @param hasTerminal whether someone can press Ctrl-C
   */
  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly writeLine: (line: string) => void,
    private readonly hasTerminal: boolean,
  ) {}

  /**
   * Marks the point from which the operation itself decides where it is safe to stop.
   *
   * @throws AppsctlError INTERRUPTED when the command has been interrupted already
   */
  beginChanges(): void {
    throwIfAborted(this.signal);
    this.isChanging = true;
  }

  /** Marks the point from which an app may have been called: what it changes is not known. */
  beginCall(): void {
    this.hasCalled = true;
  }

  /** Marks the time in which the operation ends a program that it has started, which may clean up. */
  setBuilding(isBuilding: boolean): void {
    this.isBuilding = isBuilding;
  }

  /** Marks the time of a question, which an interruption ends at once. */
  async whileAsking<T>(ask: () => Promise<T>): Promise<T> {
    this.isAsking = true;
    try {
      return await ask();
    } finally {
      this.isAsking = false;
    }
  }

  /** Marks a command that only an interruption ends. */
  expect(): void {
    this.isEndless = true;
  }

  /** Whether an error is the interruption of a command that nothing else ends. */
  isExpected(error: unknown): boolean {
    return this.isEndless && AppsctlError.is(error) && error.code === 'INTERRUPTED';
  }

  /** Waits for a command, or for its interruption. */
  async race(command: Promise<unknown>): Promise<void> {
    let stop = (): void => {};
    const interrupted = new Promise<never>((_, reject) => {
      const onAbort = (): void => {
        if (this.isChanging) {
          if (this.isAsking) return;
          const now = this.hasTerminal ? '; press Ctrl-C again to stop immediately' : '';
          this.writeLine(`stopping at the next safe point${now}`);
        } else if (!this.isBuilding) {
          this.hasEndedCommand = true;
          const outcome = this.hasCalled ? 'the app may have been called' : 'nothing was changed';
          reject(new AppsctlError('INTERRUPTED', `interrupted: ${outcome}`));
        }
      };
      if (this.signal?.aborted) onAbort();
      this.signal?.addEventListener('abort', onAbort);
      stop = () => this.signal?.removeEventListener('abort', onAbort);
    });
    // The one that settles second has no other handler.
    for (const promise of [command, interrupted]) promise.catch(() => undefined);
    try {
      await Promise.race([command, interrupted]);
    } finally {
      stop();
    }
  }
}
