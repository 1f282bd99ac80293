import { CommanderError } from 'commander';
import type { CommandContext } from '../commands/context.js';
import { systemClock } from '../core/clock.js';
import { AppsctlError } from '../core/errors.js';
import { createProgram } from './program.js';
import { renderError, renderEvent, renderReport } from './render.js';
import { terminalText } from './terminal-text.js';

/** Where a run reads its environment and writes its text. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  writeOut(text: string): void;
  writeError(text: string): void;
}

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs one command line. Results go to standard output, everything else to standard error.
 *
 * @param args the arguments, without node and script
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or invalid input
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const tell = (line: string): void => io.writeError(`${terminalText(line)}\n`);
  let exitCode: number = EXIT.done;
  const context: CommandContext = {
    env: io.env,
    clock: systemClock,
    onEvent: (event) => tell(renderEvent(event)),
    print: (line) => io.writeOut(`${terminalText(line)}\n`),
    write: (text) => io.writeOut(text),
    report: (report, format) => {
      for (const line of renderReport(report, format)) io.writeOut(`${line}\n`);
      if (!report.valid) exitCode = EXIT.usage;
    },
  };
  try {
    const program = createProgram(context, io.writeOut, io.writeError);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, tell);
    const failure = error instanceof AppsctlError ? error : internalError(error);
    for (const line of renderError(failure)) tell(line);
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
    hint: 'this is a fault of appsctl: please report it',
    cause: error,
  });
}
