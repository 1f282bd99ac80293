import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { throwIfAborted } from '../core/async/clock.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { fileProblem } from '../core/diagnostics/fs-error.js';

/** A build command and how it is run. */
export interface BuildRun {
  /** For the shell of the platform: `/bin/sh`, or `cmd.exe` on Windows. */
  readonly command: string;
  /** Where it runs: the folder of the app. */
  readonly folder: string;
  /** Takes each line of its standard output and standard error, without colors. */
  readonly onOutput: (line: string) => void;
  /**
   * Its environment. The command is code of the app and its packages: leave out secrets that it does not need.
   *
   * @default that of this process
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends the command and the processes that it has started. */
  readonly signal?: AbortSignal | undefined;
}

/** How long processes have to end by themselves. */
const STOP_MS = 2_000;
/** How long the output of a command that has ended is awaited: a process in the background may keep it open. */
const OUTPUT_MS = 1_000;

/**
 * Runs the build command of an app and waits for its end. Its standard input is empty.
 *
 * @throws AppsctlError BUILD_FAILED if it cannot be run, or ends with another exit code than 0 or by a signal; INTERRUPTED
 *   once the signal is aborted
 */
export async function runBuild({
  command,
  folder,
  onOutput,
  env = process.env,
  signal,
}: BuildRun): Promise<void> {
  throwIfAborted(signal);
  const child = spawn(command, {
    shell: true,
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, so that the processes that it starts can be ended too.
    detached: process.platform !== 'win32',
  });
  let timer: NodeJS.Timeout | undefined;
  const stopNow = (): void => kill(child, 'SIGKILL');
  const stop = (): void => {
    kill(child, 'SIGTERM');
    timer = setTimeout(stopNow, STOP_MS);
  };
  signal?.addEventListener('abort', stop);
  process.on('exit', stopNow);
  try {
    const output = [child.stdout, child.stderr].map((stream) => forwardLines(stream, onOutput));
    const end = await new Promise<BuildEnd>((resolve, reject) => {
      child.once('error', (error) => reject(startError(command, folder, error)));
      child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy }));
    });
    await withinLimit(Promise.all(output));
    throwIfAborted(signal);
    if (end.code !== 0) throw buildError(command, end);
  } finally {
    clearTimeout(timer);
    // What the command has started may have ignored the first signal.
    if (signal?.aborted) stopNow();
    child.stdout.destroy();
    child.stderr.destroy();
    signal?.removeEventListener('abort', stop);
    process.off('exit', stopNow);
  }
}

/** How a command ended: one of both. */
interface BuildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

async function forwardLines(stream: Readable, onOutput: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => onOutput(stripVTControlCharacters(line)));
  await new Promise((resolve) => lines.once('close', resolve));
}

function withinLimit(output: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, OUTPUT_MS);
  });
  return Promise.race([output, limit]).finally(() => clearTimeout(timer));
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // All of its processes have ended.
  }
}

function buildError(command: string, { code, signal }: BuildEnd): AppsctlError {
  const end = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
  return new AppsctlError('BUILD_FAILED', `the build command ${JSON.stringify(command)} ${end}`, {
    hint: 'see its output; it runs in the folder of the app',
  });
}

function startError(command: string, folder: string, error: Error): AppsctlError {
  const reason = fileProblem(error, { ENOENT: 'the folder or the shell does not exist' });
  const message = `cannot run the build command ${JSON.stringify(command)} in ${folder}: ${reason}`;
  return new AppsctlError('BUILD_FAILED', message, { cause: error });
}
