import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BuildRun, runBuild } from '../../../src/bundle/run-build.js';
import { isRunning } from '../../support/cli-process.js';
import { createTempApp } from '../../support/temp-app.js';

/** Runs a command in a temporary folder. */
async function build(command: string, options: Partial<BuildRun> = {}): Promise<string[]> {
  await using app = await createTempApp({});
  const lines: string[] = [];
  await runBuild({ command, folder: app.path, onOutput: (line) => lines.push(line), ...options });
  return lines;
}

describe('a build command', () => {
  test.each([
    ['standard output', 'echo one && echo two', ['one', 'two']],
    ['standard error', 'echo one >&2', ['one']],
    ['a line without an end', 'printf one', ['one']],
    ['characters in two parts', "printf '\\303'; sleep 0.1; printf '\\251\\n'", ['é']],
    ['colors', "printf '\\033[31mred\\033[0m\\n'", ['red']],
    ['a line that is written several times', "printf '10%%\\r20%%\\r\\n'", ['10%', '20%']],
    ['nothing', 'true', []],
  ])('reports %s by lines', async (_, command, lines) => {
    expect(await build(command)).toEqual(lines);
  });

  test('runs in the folder of the app, with the given environment', async () => {
    await using app = await createTempApp({});
    const env = { PATH: process.env['PATH'], KEY: 'value' };

    await runBuild({
      command: 'env > env.txt && pwd > folder.txt',
      folder: app.path,
      env,
      onOutput: () => undefined,
    });

    const names = (await readFile(join(app.path, 'env.txt'), 'utf8')).match(/^\w+(?==)/gm) ?? [];
    expect(names.filter((name) => !['_', 'OLDPWD', 'PWD', 'SHLVL'].includes(name)).sort()).toEqual([
      'KEY',
      'PATH',
    ]);
    expect(await readFile(join(app.path, 'folder.txt'), 'utf8')).toBe(`${app.path}\n`);
  });

  test('cannot read the standard input', async () => {
    expect(await build('cat; echo end')).toEqual(['end']);
  });

  test('may leave a process in the background that keeps the output open', async () => {
    expect(await build('echo built; sleep 20 &')).toEqual(['built']);
  });

  test.each([
    ['exit 3', 'the build command "exit 3" ended with exit code 3'],
    ['echo no >&2; false', 'the build command "echo no >&2; false" ended with exit code 1'],
    ['no-such-command-of-ours', 'the build command "no-such-command-of-ours" ended with exit code 127'],
    ['kill -KILL $$', 'the build command "kill -KILL $$" was ended by SIGKILL'],
  ])('that fails is an error: %s', async (command, message) => {
    await expect(build(command)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message,
      hint: 'see its output; it runs in the folder of the app',
    });
  });

  test('cannot run in a folder that does not exist', async () => {
    await expect(build('true', { folder: '/does/not/exist' })).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message:
        'cannot run the build command "true" in /does/not/exist: the folder or the shell does not exist',
    });
  });
});

describe('an interruption', () => {
  test.each([
    ['ends', 'sleep 60 & echo $!; wait'],
    ['ends, even if they ignore it,', "trap '' TERM; sleep 60 & echo $!; wait; wait"],
  ])('%s the command and what it has started', async (_, command) => {
    const interruption = new AbortController();
    let pid = 0;
    const onOutput = (line: string): void => {
      pid = Number(line);
      interruption.abort();
    };

    await expect(build(command, { onOutput, signal: interruption.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('before the command prevents it', async () => {
    const output: string[] = [];
    const onOutput = (line: string): unknown => output.push(line);

    await expect(build('echo ran', { onOutput, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(output).toEqual([]);
  });
});
