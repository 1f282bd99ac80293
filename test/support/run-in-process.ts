import { thisProcess } from '../../src/api/this-process.js';
import { type Io, run } from '../../src/cli/run.js';
import type { CliResult } from './cli.js';

/** Larger than the ids of real processes. */
let lastPid = 1_000_000_000;
const running = new Set<number>();
const isRunning = (pid: number): boolean => running.has(pid) || thisProcess.isRunning(pid);

/**
 * Runs a command line in this process, over real HTTP. To other runs it looks like a separate process.
 *
 * @param io a clock, a signal or timeouts, where they differ from those of a process
 */
export async function runInProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  io: Partial<Io> = {},
): Promise<CliResult> {
  const pid = ++lastPid;
  running.add(pid);
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    env,
    process: { host: thisProcess.host, pid, isRunning },
    writeOut: (text) => {
      stdout += text;
    },
    writeError: (text) => {
      stderr += text;
    },
    ...io,
  });
  running.delete(pid);
  return { code, stdout, stderr };
}
