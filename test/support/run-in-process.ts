import { type Io, run } from '../../src/cli/run.js';
import type { CliResult } from './cli.js';

/** Runs a command line in this process, over real HTTP, with what is given of clock, timeouts and signal. */
export async function runInProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  io: Partial<Io> = {},
): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    env,
    writeOut: (text) => {
      stdout += text;
    },
    writeError: (text) => {
      stderr += text;
    },
    ...io,
  });
  return { code, stdout, stderr };
}
