import type { CommonOptions } from '../../api/common-options.js';
import type { Clock } from '../../core/async/clock.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { DeployerListener } from '../../core/deployer/event.js';
import type { Timeouts } from '../../core/timeouts.js';
import type { CommandResult } from '../render/command-result.js';
import type { LogFormat } from '../render/log.js';
import { CLI_VOCABULARY } from './vocabulary.js';

/** What a command gets from the process it runs in. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How long to wait for the network; the defaults when undefined. */
  readonly timeouts: Partial<Timeouts> | undefined;
  readonly process: ProcessIdentity;
  /** Interrupts a command: immediately while nothing is being changed, else at the next safe point. */
  readonly signal: AbortSignal | undefined;
  /** Takes progress, warnings and findings; they are written to standard error. */
  readonly onEvent: DeployerListener;
  /** Writes a line about what the user may not have noticed to standard error. */
  note(line: string): void;
  /** Chooses the form of what is written to standard error from now on; lines for people who watch by default. */
  setLogFormat(format: LogFormat): void;
  /**
   * Asks a question on the terminal, and returns the answer without white space around it. Undefined without a terminal,
   * as in CI. The text must not come from outside.
   */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /**
   * Marks the point after which something is changed, and only safe points are interrupted.
   *
   * @throws AppsctlError INTERRUPTED when the command has been interrupted already
   */
  beginChanges(): void;
  /** Marks the point after which an app may be called, which decides itself what it changes. */
  beginCall(): void;
  /** Marks a command that goes on until it is interrupted: that is its end, and not an error. */
  runUntilInterrupted(): void;
  /** Reads all of standard input. */
  readInput(): Promise<string>;
  /**
   * Prints a result, or a part of it, before the command has ended. Resolves when it is written, so that a long output does
   * not pile up in memory.
   *
   * @throws Error when it cannot be written
   */
  print(result: CommandResult): Promise<void>;
  /** Makes a command's action of a function that returns a result, which is printed. */
  action<Args extends unknown[]>(
    handler: (...args: Args) => Promise<CommandResult>,
  ): (...args: Args) => Promise<void>;
}

/** The options that every function of the library takes. */
export function commonOptions({ env, signal, clock }: CommandContext): CommonOptions {
  return { env, signal, clock, vocabulary: CLI_VOCABULARY };
}
