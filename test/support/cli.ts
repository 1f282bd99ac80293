import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = 'bin/appsctl.js';

/** What a run of the real command line came to. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs appsctl as a process, with an environment that holds nothing but what is given (and PATH and HOME).
 *
 * @param args the arguments
 * @param env its variables
 * @param cwd where it runs
 * @param root where it is installed
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

/** An installation of appsctl of its own. */
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

  /** The folder of what was bundled. */
  get bundled(): string {
    return join(this.folder, 'dist/command-line');
  }
}
