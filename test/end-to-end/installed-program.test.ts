import { execFile } from 'node:child_process';
import { access, chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GetFunctionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest, writeBundle } from '../support/bundle.js';
import { type CliResult, Installation } from '../support/cli.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { errorOutput } from '../support/messages/output.js';

let environment: TestEnvironment;
let bundle: string;
let installation: Installation;
beforeAll(async () => {
  environment = await startEnvironment();
  await environment.init();
  bundle = await writeBundle(environment.folder, manifest());
  // As `npm install --global` does.
  const { folder } = environment;
  installation = await Installation.in(join(folder, 'lib/node_modules/appsctl'));
  await chmod(join(folder, 'lib/node_modules/appsctl/bin/appsctl.js'), 0o755);
  await mkdir(join(folder, 'bin'));
  await symlink('../lib/node_modules/appsctl/bin/appsctl.js', join(folder, 'bin/appsctl'));
});
afterAll(() => environment.stop());

/** Runs the installed program by its name, so that its first line decides how it is started. */
function appsctl(...args: string[]): Promise<CliResult> {
  const { folder, env } = environment;
  const PATH = [join(folder, 'bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve) => {
    execFile(
      'appsctl',
      args,
      { cwd: folder, env: { ...env, PATH, HOME: folder } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

test('this Node.js can load every part of the program', async () => {
  const files = (await readdir(installation.bundled)).filter((file) => file.endsWith('.js'));
  const urls = files.map((file) => pathToFileURL(join(installation.bundled, file)).href);
  await Promise.all(urls.map((url) => import(/* @vite-ignore */ url)));
});

test('a test of the server loads neither zod nor what reads bundles', async () => {
  const files = await readdir(installation.bundled);
  const loaded = new Set(files.filter((file) => /^(?:smoke-)?test-.{8}\.js$/.test(file)));
  // Files that are added during the loop are visited too.
  for (const file of loaded) {
    const text = await readFile(join(installation.bundled, file), 'utf8');
    for (const [, imported = ''] of text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) loaded.add(imported);
  }
  const names = [...loaded].map((file) => file.replace(/-.{8}\.js$/, ''));
  expect(names).toEqual(expect.arrayContaining(['test', 'smoke-test', 'core']));
  expect(names).not.toContain('zod');
  expect(names).not.toContain('bundle');
});

test('the file of --env-from is only data', async () => {
  const { folder, clients } = environment;
  const written = join(folder, 'written');
  await writeFile(
    join(folder, 'evil.cjs'),
    `require('node:fs').writeFileSync(${JSON.stringify(written)}, '')`,
  );
  await writeFile(join(folder, 'fn.env'), 'NODE_OPTIONS=--require ./evil.cjs\nLEVEL=info\n');
  expect(await appsctl('aws', 'deploy', bundle, '--env-from', 'fn.env')).toMatchObject({ code: 0 });
  await expect(access(written)).rejects.toMatchObject({ code: 'ENOENT' });
  const FunctionName = 'com-example-test_1-0-0_go';
  const { Configuration } = await clients.lambda.send(new GetFunctionCommand({ FunctionName }));
  expect(Configuration?.Environment?.Variables).toEqual({
    NODE_OPTIONS: '--require ./evil.cjs',
    LEVEL: 'info',
  });
});

test('--env-file, which Node.js takes too, is refused with a hint', async () => {
  await writeFile(join(environment.folder, 'plain.env'), 'LEVEL=info\n');
  for (const flag of [['--env-file', 'plain.env'], ['--env-file=plain.env']]) {
    expect(await appsctl('aws', 'deploy', bundle, ...flag)).toEqual({
      code: 2,
      stdout: '',
      stderr: errorOutput(
        '--env-file is a flag of Node.js itself, which reads the file too',
        'use --env-from FILE',
      ),
    });
  }
});

test('a file that does not exist is an error of appsctl', async () => {
  const { code, stderr } = await appsctl('aws', 'deploy', bundle, '--env-from', 'none.env');
  expect([code, stderr]).toEqual([2, errorOutput('cannot read --env-from none.env: it does not exist')]);
});
