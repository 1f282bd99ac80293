import { CommanderError } from 'commander';
import type { Timeouts } from '../aws/client/connection.js';
import { type Clock, systemClock } from '../core/async/clock.js';
import type { ProcessIdentity } from '../core/async/process-identity.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { CommandContext } from './input/context.js';
import { CLI_VOCABULARY } from './input/vocabulary.js';
import { Interruption } from './interruption.js';
import { createProgram } from './program.js';
import { renderPlan } from './render/plan.js';
import { renderError, renderEvent, renderReport } from './render/render.js';
import { terminalText } from './render/terminal-text.js';
import { thisProcess } from './this-process.js';

/** Where a run reads its environment and writes its text. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  writeOut(text: string): void;
  writeError(text: string): void;
  /** The time; the real one by default. */
  readonly clock?: Clock;
  /** How long to wait for the network. */
  readonly timeouts?: Timeouts;
  /** Interrupts the run: at once where nothing is being changed, else at the next point where that is safe. */
  readonly signal?: AbortSignal;
  /** The process that runs; this one by default. */
  readonly process?: ProcessIdentity;
  /** Waits until everything is written to standard output; rejects when it cannot be. */
  flush?(): Promise<void>;
}

/** The variable that makes an internal error print where it was thrown. */
const DEBUG = 'APPSCTL_DEBUG';

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs one command line. Results go to standard output, everything else to standard error.
 *
 * @param args the arguments, without node and script
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or invalid input, 130 interrupted
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const tell = (line: string): void => io.writeError(`${terminalText(line)}\n`);
  let exitCode: number = EXIT.done;
  let verbose = (): boolean => false;
  const interruption = new Interruption(io.signal, tell);
  const context: CommandContext = {
    env: io.env,
    clock: io.clock ?? systemClock,
    timeouts: io.timeouts,
    process: io.process ?? thisProcess,
    signal: io.signal,
    changing: (work) => interruption.changing(work),
    flush: io.flush ?? (async () => {}),
    onEvent: (event) => {
      const line = renderEvent(event, verbose());
      if (line !== undefined) tell(line);
    },
    print: (line) => io.writeOut(`${terminalText(line)}\n`),
    write: (text) => io.writeOut(text),
    printPlan: (plan, appId) => {
      for (const line of renderPlan(plan, appId)) io.writeOut(`${terminalText(line)}\n`);
    },
    report: (report, format) => {
      for (const line of renderReport(report, format)) io.writeOut(`${line}\n`);
      if (!report.valid) exitCode = EXIT.usage;
    },
  };
  try {
    const program = createProgram(context, io.writeOut, io.writeError);
    verbose = () => program.opts<{ verbose?: boolean }>().verbose ?? false;
    await interruption.race(program.parseAsync([...args], { from: 'user' }));
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, tell);
    const failure = AppsctlError.is(error) ? error : internalError(error);
    for (const line of renderError(failure, CLI_VOCABULARY)) tell(line);
    if (failure.code === 'INTERNAL' && io.env[DEBUG]) {
      for (const line of stackOf(error).split('\n')) tell(line);
    }
    if (failure.code === 'INTERRUPTED') return EXIT.interrupted;
    return failure.isInputError ? EXIT.usage : EXIT.failed;
  }
}

/** Commander throws for help and version too. */
function usageExit(error: CommanderError, tell: (line: string) => void): number {
  if (error.exitCode === 0) return EXIT.done;
  // Help for a missing subcommand has been printed already.
  if (error.code !== 'commander.help') {
    for (const line of error.message.split('\n')) tell(line);
    tell('hint: --help shows what can be written');
  }
  return EXIT.usage;
}

function internalError(error: unknown): AppsctlError {
  const reason = error instanceof Error ? error.message : String(error);
  return new AppsctlError('INTERNAL', `appsctl itself failed: ${reason}`, {
    hint: `this is a fault of appsctl: please report it, with what it prints when ${DEBUG}=1 is set`,
    cause: error,
  });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
