import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = 'bin/appsctl.js';

/** How a run of the command line ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs appsctl as a process, with only the given variables, PATH and HOME in its environment.
 *
 * @param cwd the working folder
 * @param root the folder in which appsctl is installed
 */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
  root = ROOT,
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, BIN), ...args], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

/** A separate installation of appsctl. */
export class Installation {
  private constructor(private readonly folder: string) {}

  static async in(folder: string): Promise<Installation> {
    for (const path of ['bin', 'dist/command-line', 'package.json']) {
      await cp(join(ROOT, path), join(folder, path), { recursive: true });
    }
    return new Installation(folder);
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    return runCli(args, env, undefined, this.folder);
  }

  /** The folder of the bundled code. */
  get bundled(): string {
    return join(this.folder, 'dist/command-line');
  }
}
