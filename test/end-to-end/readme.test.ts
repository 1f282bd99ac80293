import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { configureServer, serverVariables } from '../support/variables.js';

const exec = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let environment: TestEnvironment;
beforeAll(async () => {
  environment = await startEnvironment();
});
afterAll(() => environment.stop());

/** The shell commands of the README, in order: one text for each block. */
async function readBlocks(): Promise<string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  return [...readme.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent = '', commands = '']) =>
    commands.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** Commands that CI runs itself: see .ci/run. */
const RUN_BY_CI: readonly string[] = ['npm ci && npm run demo\n', 'npm ci && npm test\n'];
/** CI runs this too, and it takes as long as everything else here. */
const INSTALL_PACKAGES = /^npm ci\n/;

/** The variables whose values the README leaves to the reader. */
const PERSONAL: ReadonlySet<string> = new Set([
  'MM_APPS_DEPLOY_AWS_ACCESS_KEY',
  'MM_APPS_DEPLOY_AWS_SECRET_KEY',
  'MM_SERVICESETTINGS_SITEURL',
  'MM_ADMIN_TOKEN',
]);

/** Replaces the values that the README leaves to the reader with those of the local AWS and Mattermost. */
function fillIn(commands: string): string {
  return commands.replaceAll(/\b(\w+)=\S+/g, (assignment, name: string) =>
    PERSONAL.has(name) ? `${name}='${environment.env[name]}'` : assignment,
  );
}

/** A copy of what is in version control, as a clone has it, with the packages that `npm ci` would install. */
async function copyRepository(target: string): Promise<void> {
  await mkdir(target);
  const files = 'git ls-files -z --cached --others --exclude-standard';
  await exec('bash', ['-c', `set -o pipefail; ${files} | tar -c --null -T - | tar -x -C "$0"`, target], {
    cwd: root,
  });
  await symlink(join(root, 'node_modules'), join(target, 'node_modules'));
}

async function isRegistryReachable(): Promise<boolean> {
  return exec('npm', ['ping'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

test('every command of the README works, in order', { timeout: 300_000 }, async ({ skip }) => {
  if (process.platform === 'win32') skip('the commands are for a POSIX shell');
  if (!(await isRegistryReachable())) skip('npm needs a registry to install appsctl');
  const blocks = await readBlocks();
  for (const block of RUN_BY_CI) expect(blocks).toContain(block);
  const [install = '', ...others] = blocks.filter((block) => !RUN_BY_CI.includes(block)).map(fillIn);
  expect(install).toMatch(INSTALL_PACKAGES);
  const commands = [install.replace(INSTALL_PACKAGES, ''), ...others];
  const isPreparing = (block: string): boolean => block.includes('aws init');
  const preparation = commands.findIndex(isPreparing);
  expect(commands.filter(isPreparing)).toHaveLength(1);

  const clone = join(environment.folder, 'clone');
  await copyRepository(clone);
  const prefix = join(environment.folder, 'prefix');
  // Such as certificates for the registry, but no settings of appsctl, of AWS and of the npm that runs the tests.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:MM_|AWS_|npm_|INIT_CWD)/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    PATH: `${join(prefix, 'bin')}:${process.env['PATH']}`,
    npm_config_prefix: prefix,
    npm_config_prefer_offline: 'true',
    AWS_ENDPOINT_URL: environment.env['AWS_ENDPOINT_URL'],
  };
  const run = async (lines: readonly string[]): Promise<string> => {
    const script = ['set -euo pipefail', ...lines].join('\n');
    const { stdout } = await exec('bash', ['-c', script], { cwd: clone, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };

  // The admin, whose server then gets the variables that are printed.
  const prepared = await run(commands.slice(0, preparation + 1));
  configureServer(environment.aws, environment.mattermost, serverVariables(prepared));
  // The developer, in another shell, with the region and the bucket as above.
  const exports = commands.join('\n').match(/^export MM_APPS_AWS_REGION=.*$/m) ?? [];
  const deployed = await run([...exports, ...commands.slice(preparation + 1)]);
  expect(deployed).toContain('My App (com.example.my-app v0.1.0) is deployed to AWS.');
  const response = await environment.mattermost.call('com.example.my-app', '/hello');
  expect(response).toMatchObject({ type: 'ok', text: 'Hello from AWS Lambda!' });
});
