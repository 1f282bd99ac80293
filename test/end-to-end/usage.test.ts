import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.js';
import { type Clock, systemClock } from '../../src/core/async/clock.js';
import { startLocalMattermost } from '../stand-ins/mattermost/index.js';
import { writeBundle } from '../support/bundle.js';
import { Installation, runCli } from '../support/cli.js';
import { filesIn } from '../support/files.js';
import { ANY, containing, errorOutput, matching } from '../support/messages/output.js';
import { FILE, USAGE, USAGE_HINT } from '../support/messages/usage.js';
import { CERTIFICATE, startSelfSignedServer } from '../support/self-signed.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = await tempFolder();
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('the command line', () => {
  test('prints its version', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([[[]], [['aws']], [['mattermost']], [['terraform']]])(
    '%j alone prints help to standard error and fails',
    async (args) => {
      const { code, stdout, stderr } = await runCli(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Usage: appsctl/);
    },
  );

  test.each([
    ['--help'],
    ['aws init --help'],
    ['aws deploy --help'],
    ['aws package --help'],
    ['aws test --help'],
    ['mattermost uninstall --help'],
    ['help'],
    ['help aws deploy'],
    ['generate-terraform-data --help'],
  ])('%s prints help', async (line) => {
    const { code, stdout, stderr } = await runCli(line.split(' '));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: appsctl/);
  });

  test.each([
    ['bogus', "error: unknown command 'bogus'\nusage: appsctl [options] [command]", 'appsctl'],
    [
      'aws test foo bar',
      "error: too many arguments for 'test'. Expected 1 argument but got 2.\nusage: appsctl aws test [options] [command] [app]",
      'appsctl aws test',
    ],
    [
      'whoami --profile=',
      "error: option '--profile <name>' argument '' is invalid. Expected the name of a profile.\nusage: appsctl whoami [options]",
      'appsctl whoami',
    ],
    ['deploy x', "error: unknown command 'deploy'\n(Did you mean appsctl aws deploy?)", 'appsctl'],
    [
      'aws dploy x',
      "error: unknown command 'dploy'\n(Did you mean deploy?)\nusage: appsctl aws [options] [command]",
      'appsctl aws',
    ],
    [
      'aws deploy',
      "error: missing required argument 'app'\nusage: appsctl aws deploy [options] <app>",
      'appsctl aws deploy',
    ],
    [
      'aws deploy a b',
      "error: too many arguments for 'deploy'. Expected 1 argument but got 2.\nusage: appsctl aws deploy [options] <app>",
      'appsctl aws deploy',
    ],
    [
      'aws init --bogus',
      "error: unknown option '--bogus'\nusage: appsctl aws init [options]",
      'appsctl aws init',
    ],
    [
      'aws init --user',
      "error: option '--user <name>' argument missing\nusage: appsctl aws init [options]",
      'appsctl aws init',
    ],
  ])('%s is invalid usage', async (line, message, command) => {
    expect(await runCli(line.split(' '))).toEqual({
      code: 2,
      stdout: '',
      stderr: `${message}\nhint: run ${command} --help for usage\n`,
    });
  });
});

describe('generate-terraform-data', () => {
  test('prints the same under both of its names, only to standard output', async () => {
    const bundle = await writeBundle(folder);
    const result = await runCli(['generate-terraform-data', bundle]);
    expect(result).toEqual({
      code: 0,
      stdout:
        '{\n\t"static_files": {},\n\t"lambda_functions": {\n\t\t"go": {\n\t\t\t"name": "com-example-test_1-0-0_go",\n\t\t\t"handler": "index.handler",\n\t\t\t"runtime": "nodejs22.x"\n\t\t}\n\t},\n\t"manifest_key": "manifests/com.example.test_1.0.0.json"\n}\n',
      stderr: '',
    });
    expect(await runCli(['terraform', 'generate-data', bundle])).toEqual(result);
  });
});

describe('the AWS SDK', () => {
  /** An installation without the files that contain a part of the SDK. */
  async function installationWithoutSdk(): Promise<Installation> {
    const installation = await Installation.in(await mkdtemp(join(folder, 'installation-')));
    for (const file of await filesIn(installation.bundled)) {
      // All clients of the SDK are built on this library, and contain its name.
      if (/smithy/i.test(await readFile(file, 'utf8'))) await rm(file);
    }
    return installation;
  }

  test.each([
    ['--help'],
    ['--version'],
    ['aws deploy --help'],
    ['generate-terraform-data BUNDLE'],
    ['aws validate BUNDLE'],
  ])('is not loaded by %s', async (line) => {
    const bundle = await writeBundle(folder);
    const args = line.split(' ').map((word) => (word === 'BUNDLE' ? bundle : word));
    expect((await (await installationWithoutSdk()).run(args)).code).toBe(0);
  });

  test('is not loaded by mattermost list', async () => {
    const mattermost = await startLocalMattermost();
    const env = { MM_SERVICESETTINGS_SITEURL: mattermost.siteUrl, MM_ADMIN_TOKEN: mattermost.adminToken };
    expect(await (await installationWithoutSdk()).run(['mattermost', 'list'], env)).toMatchObject({
      code: 0,
      stderr: '',
    });
    await mattermost.stop();
  });

  test('is not loaded to download a bundle from a URL', async () => {
    const content = await readFile(await writeBundle(folder));
    const url = await startSelfSignedServer((_, response) => void response.end(content));
    const trusted = join(folder, 'ca.pem');
    await writeFile(trusted, CERTIFICATE);
    const args = ['aws', 'validate', `${url}/app.zip`];
    expect((await (await installationWithoutSdk()).run(args, { NODE_EXTRA_CA_CERTS: trusted })).code).toBe(0);
  });

  test('is loaded by aws init', async () => {
    const env = {
      ...{ MM_APPS_AWS_REGION: 'us-east-1', MM_APPS_S3_BUCKET: 'bucket' },
      ...{ MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'key', MM_APPS_DEPLOY_AWS_SECRET_KEY: 'secret' },
    };
    const { code, stderr } = await (await installationWithoutSdk()).run(['aws', 'init'], env);
    expect(stderr).toMatch(containing(errorOutput(USAGE.internal(`Cannot find module${ANY}`))));
    expect(code).toBe(1);
  });
});

describe('output that cannot be written', { skip: process.platform !== 'linux' }, () => {
  const bin = fileURLToPath(new URL('../../bin/appsctl.js', import.meta.url));

  test('because the disk is full is an error of one line', async () => {
    const shell = promisify(execFile)('sh', [
      '-c',
      `exec "${process.execPath}" "${bin}" --version >/dev/full`,
    ]);
    await expect(shell).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        matching(errorOutput(USAGE.outputNotWritten(`${ANY}${FILE.noSpace}${ANY}`))),
      ),
    });
  });

  test('because the reader closed the pipe is not an error', async () => {
    const command = `("${process.execPath}" "${bin}" --help; echo "code $?" >&2) | true`;
    const { stderr } = await promisify(execFile)('sh', ['-c', command]);
    expect(stderr).toBe('code 0\n');
  });
});

describe('an internal error', () => {
  const io = (env: Readonly<Record<string, string>>) => {
    const lines: string[] = [];
    const clock: Clock = {
      ...systemClock,
      now: () => {
        throw new TypeError('broken');
      },
    };
    return { lines, env, clock, writeOut: () => {}, writeError: (text: string) => void lines.push(text) };
  };

  test('is reported without its stack, unless APPSCTL_DEBUG is set', async () => {
    const bundle = await writeBundle(folder);
    const quiet = io({});
    expect(await run(['aws', 'validate', bundle], quiet)).toBe(1);
    expect(quiet.lines.join('')).toBe(errorOutput(USAGE.internal('broken'), USAGE_HINT.reportBug));
    const loud = io({ APPSCTL_DEBUG: '1' });
    expect(await run(['aws', 'validate', bundle], loud)).toBe(1);
    expect(loud.lines.slice(0, 2)).toEqual(quiet.lines);
    expect(loud.lines[2]).toBe('TypeError: broken\n');
    expect(loud.lines[3]).toMatch(/^ {4}at /);
  });
});

describe('an environment variable', () => {
  const env = {
    MM_APPS_AWS_REGION: 'us-east-1',
    MM_APPS_S3_BUCKET: 'my-bucket.1',
    MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'AKIA',
    MM_APPS_DEPLOY_AWS_SECRET_KEY: 'secret',
  };

  test.each([
    ['MM_APPS_DEPLOY_AWS_SECRET_KEY', 'sécret', USAGE.invalidCharacters],
    ['MM_APPS_DEPLOY_AWS_SECRET_KEY', 'se\u200bcret', USAGE.invalidCharacters],
    ['MM_APPS_DEPLOY_AWS_ACCESS_KEY', 'AKIA\n', USAGE.invalidCharacters],
    ['MM_APPS_S3_BUCKET', 'My-Bucket', USAGE.invalidBucket],
    ['MM_APPS_S3_BUCKET', 'ab', USAGE.invalidBucket],
    ['MM_APPS_S3_BUCKET', 'a'.repeat(64), USAGE.invalidBucket],
    ['MM_APPS_S3_BUCKET', 'arn:aws:s3:::x', USAGE.invalidBucket],
    ['MM_APPS_S3_BUCKET', 'bucket-', USAGE.invalidBucket],
  ])('%s set to %j is refused before any request', async (name, value, message) => {
    const { code, stderr } = await runCli(['aws', 'init'], { ...env, [name]: value });
    expect(stderr).toMatch(matching(errorOutput(message(name, value), ANY)));
    expect(code).toBe(2);
  });

  test('that a command needs is listed in its help', async () => {
    const { stdout } = await runCli(['aws', 'init', '--help']);
    for (const name of Object.keys(env)) expect(stdout).toContain(`\n  ${name} `);
  });
});
