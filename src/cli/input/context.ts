import type { Timeouts } from '../../aws/client/connection.js';
import type { Clock } from '../../core/async/clock.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { DeployPlan } from '../../core/deploy/plan.js';
import type { EventListener } from '../../core/diagnostics/event.js';
import type { Finding } from '../../core/diagnostics/findings.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';

/** What there is to say of a bundle. */
export interface ValidationReport {
  readonly file: string;
  readonly valid: boolean;
  readonly findings: readonly Finding[];
}

/** What a command gets of the world. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How long to wait for the network; the defaults when undefined. */
  readonly timeouts: Timeouts | undefined;
  readonly process: ProcessIdentity;
  /** Stops a command: at once where nothing is being changed, else at the next point where that is safe. */
  readonly signal: AbortSignal | undefined;
  /** What messages call the options and commands that they name. */
  readonly words: Vocabulary;
  /** Runs what changes something: from its beginning to its end, only safe points are interrupted. */
  changing<T>(work: () => Promise<T>): Promise<T>;
  /** Takes what a command tells while it works; it goes to standard error. */
  readonly onEvent: EventListener;
  /** Prints one line of the result to standard output, made safe for a terminal. */
  print(line: string): void;
  /** Prints a report to standard output; one that is not valid makes the run end as invalid input does. */
  report(report: ValidationReport, format: 'text' | 'json'): void;
  /** Prints what a deployment would do, to standard output. */
  printPlan(plan: DeployPlan, appId: string): void;
  /** Writes text to standard output as it is. */
  write(text: string): void;
  /** Waits until everything is written to standard output; throws when it cannot be. */
  readonly flush: () => Promise<void>;
}
