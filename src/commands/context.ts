import type { Clock } from '../core/clock.js';
import type { EventListener } from '../core/events.js';

/** What a command gets of the world. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Takes what a command tells while it works; it goes to standard error. */
  readonly onEvent: EventListener;
  /** Prints one line of the result to standard output, made safe for a terminal. */
  print(line: string): void;
  /** Writes text to standard output as it is. */
  write(text: string): void;
}
