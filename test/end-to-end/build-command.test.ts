import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifest } from '../support/bundle.js';
import { type CliResult, runCli } from '../support/cli.js';
import { CliProcess, isRunning } from '../support/cli-process.js';
import { createTempApp, type TempApp } from '../support/temp-app.js';

const SECRETS = {
  MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'secret-1',
  MM_APPS_DEPLOY_AWS_SECRET_KEY: 'secret-2',
  MM_APPS_AWS_ACCESS_KEY: 'secret-3',
  MM_APPS_AWS_SECRET_KEY: 'secret-4',
  MM_ADMIN_TOKEN: 'secret-5',
};

/** An app with this build command, and a function in `out/` that the command may write. */
function createApp(build: string, files: Readonly<Record<string, string>> = {}): Promise<TempApp> {
  const hello = { name: 'hello', path: '/', handler: 'index.handler', runtime: 'nodejs22.x' };
  return createTempApp({
    'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions: [hello] } })),
    'appsctl.json': JSON.stringify({ build, functions: { hello: { code: { '.': 'out' } } } }),
    ...files,
  });
}

function packageApp(app: TempApp): Promise<CliResult> {
  return runCli(['aws', 'package', '.', '-o', 'bundle.zip'], SECRETS, app.path);
}

/** Prints `started`. The command itself, which is printed first, does not contain it. */
const PRINT_STARTED = "printf 'star%s\\n' ted >&2";

describe('aws package with a build command', () => {
  test('builds first, and prints the output of the command to standard error alone', async () => {
    await using app = await createApp(
      "mkdir out && echo 'exports.handler = 1' > out/index.js && echo output && echo problem >&2",
    );

    const { code, stdout, stderr } = await packageApp(app);

    expect(stderr).toMatch(/^.*output$/m);
    expect(stderr).toMatch(/^.*problem$/m);
    expect(stdout).not.toMatch(/output|problem/);
    expect(code).toBe(0);
  });

  test('escapes what would control the terminal', async () => {
    await using app = await createApp("printf 'a\\033]0;title\\007b\\302\\205c\\n'; exit 1");

    const { stderr } = await packageApp(app);

    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is about them
    expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  test('does not show the access keys and the token to the command', async () => {
    await using app = await createApp('env > env.txt; exit 1');

    await packageApp(app);

    const env = await readFile(join(app.path, 'env.txt'), 'utf8');
    expect(env).toContain('PATH=');
    expect(env).not.toContain('secret-');
  });

  test('does not show them to esbuild', async () => {
    await using app = await createApp('true', {
      'out/index.ts': 'export const handler = 1;',
      'node_modules/esbuild/index.js': `
        require('fs').writeFileSync('env.txt', JSON.stringify(process.env));
        throw new Error('done');
      `,
    });

    expect(await packageApp(app)).toMatchObject({ code: 2 });

    const env = await readFile(join(app.path, 'env.txt'), 'utf8');
    expect(env).toContain('PATH');
    expect(env).not.toContain('secret-');
  });

  test('fails with the command, without writing a bundle', async () => {
    await using app = await createApp('echo broken; exit 7');

    const { code, stdout, stderr } = await packageApp(app);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: the build command "echo broken; exit 7" ended with exit code 7\n');
    await expect(readFile(join(app.path, 'bundle.zip'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('lets the command clean up when it is interrupted', async () => {
    await using app = await createApp(
      `trap 'sleep 0.2; touch cleaned; exit 1' TERM; ${PRINT_STARTED}; while :; do sleep 0.05; done`,
    );
    const cli = await CliProcess.start(['aws', 'package', app.path], {}, app.path);
    await cli.waitForError('started');

    cli.signal('SIGINT');

    expect(await cli.waitForEnd()).toBe(130);
    expect(await readFile(join(app.path, 'cleaned'), 'utf8')).toBe('');
  });

  test('ends the command with all its processes when it is interrupted', async () => {
    await using app = await createApp(
      `trap '' INT TERM; sleep 60 & echo $! > pid.txt; ${PRINT_STARTED}; wait`,
    );
    const cli = await CliProcess.start(['aws', 'package', app.path], {}, app.path);
    await cli.waitForError('started');
    const pid = Number(await readFile(join(app.path, 'pid.txt'), 'utf8'));
    expect(await isRunning(pid)).toBe(true);

    cli.signal('SIGINT');

    expect(await cli.waitForEnd()).toBe(130);
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });
});
