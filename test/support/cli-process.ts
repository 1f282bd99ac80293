import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesIn } from './files.js';

const BIN = fileURLToPath(new URL('../../bin/appsctl.js', import.meta.url));

/** appsctl as a process that can be signalled, in an empty folder with an empty home and temporary folder. */
export class CliProcess {
  stdout = '';
  stderr = '';
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = once(child, 'close');
  }

  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    parent: string,
  ): Promise<CliProcess> {
    const folder = await mkdtemp(join(parent, 'process-'));
    const [home, temporary, cwd] = ['home', 'tmp', 'cwd'].map((name) => join(folder, name));
    for (const path of [home, temporary, cwd]) await mkdir(path ?? '');
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: { ...env, PATH: process.env['PATH'], HOME: home, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new CliProcess(child, folder);
  }

  signal(name: 'SIGHUP' | 'SIGINT' | 'SIGKILL' | 'SIGTERM'): void {
    this.child.kill(name);
  }

  /** Resolves when the process has written a text to standard error, or has ended. */
  async waitForError(text: string): Promise<void> {
    while (!this.stderr.includes(text) && this.child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Resolves when the process has ended and all that it wrote has been read. */
  async waitForEnd(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }

  readArguments(): Promise<string> {
    return readArguments(this.child.pid ?? 0);
  }

  /** The names and contents of the files that the process left in its home, temporary and working folder. */
  async readFiles(): Promise<string> {
    const files = await filesIn(this.folder);
    return (await Promise.all(files.map(async (file) => `${file}\n${await readFile(file, 'utf8')}`))).join(
      '\n',
    );
  }
}

/** The arguments of a process and its children, which all users of the machine can read. */
export async function readArguments(pid: number): Promise<string> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const texts = [pid, ...children.split(' ').filter(Boolean)].map((id) =>
    readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''),
  );
  return (await Promise.all(texts)).join('\n');
}

/** A process that has ended may keep its id until another one waits for it, but not its arguments. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await readArguments(pid)) !== '';
}
