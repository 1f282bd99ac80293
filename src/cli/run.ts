import { CommanderError } from 'commander';
import { readPackageInfo } from '../api/package-info.js';
import { thisProcess } from '../api/this-process.js';
import { type Clock, systemClock } from '../core/async/clock.js';
import type { ProcessIdentity } from '../core/async/process-identity.js';
import type { DeployerEvent } from '../core/deployer/event.js';
import { AppsctlError, internalError } from '../core/diagnostics/error.js';
import type { Timeouts } from '../core/timeouts.js';
import type { CommandContext } from './input/context.js';
import { CLI_VOCABULARY } from './input/vocabulary.js';
import { Interruption } from './interruption.js';
import { createProgram } from './program.js';
import { stackTrace } from './render/error.js';
import { createLog, type LogEntry, type LogFormat } from './render/log.js';
import { renderResult } from './render/result.js';
import { terminalText } from './render/terminal-text.js';
import { renderUsageError } from './usage-error.js';

/** Where a run reads its environment and writes its text. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  writeOut(text: string): void;
  writeError(text: string): void;
  /** The time; the real one by default. */
  readonly clock?: Clock;
  /** How long to wait for the network. */
  readonly timeouts?: Partial<Timeouts>;
  /** Interrupts the run: immediately while nothing is being changed, else at the next safe point. */
  readonly signal?: AbortSignal;
  /** The process that runs; this one by default. */
  readonly process?: ProcessIdentity;
  /** Asks a question on the terminal; undefined if there is none. */
  readonly ask?: (question: string) => Promise<string>;
  /** Reads all of standard input; it is empty by default. */
  readInput?(): Promise<string>;
  /** Waits until everything is written to standard output; rejects when it cannot be. */
  flush?(): Promise<void>;
}

/** The variable that makes an internal error print its stack trace. */
const DEBUG = 'APPSCTL_DEBUG';

const EXIT = { done: 0, failed: 1, invalid: 2, changes: 3, interrupted: 130 } as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Runs one command line. Results go to standard output, everything else to standard error.
 *
 * @param args the arguments, without node and script
 * @returns the exit code: 0 done, 1 failed, 2 invalid usage or invalid input, 3 a plan with changes, 130
 *   interrupted
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const clock = io.clock ?? systemClock;
  const logContext = { clock, vocabulary: CLI_VOCABULARY };
  let log = createLog('plain', logContext);
  const write = (entry: LogEntry): void => {
    for (const line of log(entry)) io.writeError(`${terminalText(line)}\n`);
  };
  const writeInfo = (text: string): void => write({ type: 'message', level: 'info', text });
  const interruption = new Interruption(io.signal, writeInfo, io.ask !== undefined);
  const { version, bugs } = readPackageInfo();
  const outcome: { exitCode: ExitCode } = { exitCode: EXIT.done };
  const onEvent = (event: DeployerEvent): void => {
    if (interruption.hasEndedCommand) return;
    if (event.type === 'build') interruption.setBuilding(event.state === 'started');
    if (event.type === 'request' && !program.opts<Flags>().verbose) return;
    write({ type: 'event', event });
  };
  const setLogFormat = (format: LogFormat): void => {
    log = createLog(format, logContext);
  };
  const context = createContext(io, interruption, outcome, { clock, write, onEvent, setLogFormat });
  const program = createProgram(context, { version, writeOut: io.writeOut, writeError: io.writeError });
  try {
    await interruption.race(program.parseAsync([...args], { from: 'user' }));
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander throws for --help and --version too, and has printed the help for a missing subcommand.
      if (error.exitCode === 0) return EXIT.done;
      if (error.code !== 'commander.help') {
        write({ type: 'usage error', lines: renderUsageError(error, program, args) });
      }
      return EXIT.invalid;
    }
    if (error instanceof UnwrittenOutput && error.isUnwanted) return EXIT.done;
    if (interruption.isExpected(error)) return EXIT.interrupted;
    const failure = toFailure(error, bugs.url);
    const stack = io.env[DEBUG] ? stackTrace(failure) : undefined;
    write({ type: 'error', error: failure, stack });
    return exitCodeFor(failure);
  }
}

/** The flags of every command. */
interface Flags {
  verbose?: boolean;
}

/** The log of a run. */
interface RunLog extends Pick<CommandContext, 'clock' | 'onEvent' | 'setLogFormat'> {
  write(entry: LogEntry): void;
}

/** @param outcome gets the exit code of a command that did not fail, and yet has something to report by it */
function createContext(
  io: Io,
  interruption: Interruption,
  outcome: { exitCode: ExitCode },
  { clock, write, onEvent, setLogFormat }: RunLog,
): CommandContext {
  const { ask } = io;
  return {
    env: io.env,
    clock,
    timeouts: io.timeouts,
    process: io.process ?? thisProcess,
    signal: io.signal,
    ask: ask && ((question) => interruption.whileAsking(() => ask(question))),
    beginChanges: () => interruption.beginChanges(),
    beginCall: () => interruption.beginCall(),
    runUntilInterrupted: () => interruption.expect(),
    readInput: async () => (await io.readInput?.()) ?? '',
    onEvent,
    note: (text) => write({ type: 'message', level: 'note', text }),
    setLogFormat,
    async print(result) {
      io.writeOut(renderResult(result, CLI_VOCABULARY));
      await flush(io);
    },
    action:
      (handler) =>
      async (...args) => {
        const result = await handler(...args);
        if (interruption.hasEndedCommand) return;
        io.writeOut(renderResult(result, CLI_VOCABULARY));
        if (result.next !== undefined) {
          write({ type: 'message', level: 'info', text: `next: ${result.next}` });
        }
        if (result.exit !== undefined) outcome.exitCode = EXIT[result.exit];
      },
  };
}

/** Thrown when a part of the output cannot be written. */
class UnwrittenOutput extends Error {
  /** Whether the reader has closed standard output early, as `head` does. */
  readonly isUnwanted: boolean;

  constructor(error: NodeJS.ErrnoException) {
    super(error.message, { cause: error });
    this.isUnwanted = error.code === 'EPIPE';
  }
}

/** Waits until everything is written to standard output. */
async function flush(io: Io): Promise<void> {
  try {
    await io.flush?.();
  } catch (error) {
    throw new UnwrittenOutput(error as NodeJS.ErrnoException);
  }
}

function exitCodeFor(error: AppsctlError): ExitCode {
  if (error.code === 'INTERRUPTED') return EXIT.interrupted;
  return error.isInputError ? EXIT.invalid : EXIT.failed;
}

function toFailure(error: unknown, bugsUrl: string): AppsctlError {
  if (AppsctlError.is(error)) return error;
  if (!(error instanceof UnwrittenOutput)) {
    const hint = `this is a bug in appsctl: please report it at ${bugsUrl} with the output of ${DEBUG}=1`;
    return internalError(error, hint);
  }
  return new AppsctlError('OUTPUT', `cannot write to standard output: ${error.message}`, { cause: error });
}
