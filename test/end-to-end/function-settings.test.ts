import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetFunctionCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifest, writeBundle, zip } from '../support/bundle.js';
import { type RunOptions, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { DEPLOY, DEPLOY_HINT, planLine, summaryLine } from '../support/messages/deploy.js';
import { SETTINGS } from '../support/messages/function-settings.js';
import {
  ANY,
  containing,
  errorOutput,
  matching,
  refusalOutput,
  resourceLine,
} from '../support/messages/output.js';
import { FILE, USAGE, USAGE_HINT } from '../support/messages/usage.js';
import { findChanges } from '../support/requests.js';

const FUNCTION = 'com-example-test_1-0-0_go';

let environment: TestEnvironment;
let bundle: string;
let lambda: LambdaClient;
let s3: S3Client;
beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process', aws: { lambda: { inProgressReads: 1 } } });
  await environment.init();
  bundle = await writeBundle(environment.folder, manifest(), {
    'static/icon.svg': '<svg/>',
    'static/page.html': '<p>',
    'static/data': 'x',
  });
  ({ lambda, s3 } = environment.clients);
});
afterAll(() => environment.stop());

const get = () => lambda.send(new GetFunctionCommand({ FunctionName: FUNCTION }));
/** Deploys; the output must not contain any of these secrets. */
async function deploy(flags: string[], secrets: string[] = [], options: RunOptions = {}) {
  const result = await environment.run(['aws', 'deploy', bundle, ...flags], options);
  for (const secret of secrets) expect(`${result.stdout}${result.stderr}`).not.toContain(secret);
  return result;
}

describe.sequential('the settings of functions', () => {
  test('--dry-run prints the plan and changes nothing', async () => {
    const { code, stdout, requests } = await deploy(
      ['--dry-run', '--install', '--env', 'TOKEN=secret-1'],
      ['secret-1'],
    );
    expect(stdout).toBe(
      [
        resourceLine('create', 'function', `${FUNCTION}: variables TOKEN`),
        resourceLine('create', 'asset', 'static/com.example.test_1.0.0_app/icon.svg'),
        resourceLine('create', 'asset', 'static/com.example.test_1.0.0_app/page.html'),
        resourceLine('create', 'asset', 'static/com.example.test_1.0.0_app/data'),
        resourceLine('update', 'invoke policy', 'mattermost-apps-invoke-policy'),
        `          + arn:aws:lambda:us-east-1:123456789012:function:${FUNCTION}\n`,
        resourceLine('create', 'manifest', 'manifests/com.example.test_1.0.0.json'),
        resourceLine('create', 'listing', 'com.example.test'),
        resourceLine('create', 'installation', 'com.example.test'),
        `${planLine(7, 1, 0)}\n`,
      ].join(''),
    );
    expect(code).toBe(0);
    expect(findChanges(requests)).toEqual([]);
    expect(environment.mattermost.listed.size).toBe(0);
  });

  test('a new function gets the settings of the flags', async () => {
    await writeFile(join(environment.folder, '.env'), '# comment\nFROM_FILE="a b"\nTOKEN=from-file\n');
    const flags = [
      '--memory',
      '512',
      '--timeout',
      '60',
      '--architecture',
      'arm64',
      '--env-from',
      '.env',
      '--env',
      'TOKEN=secret-1',
      // Looks like the placeholder of an archive in a JSON request.
      '--env',
      'ZipFile=',
      '--tag',
      'team=apps',
      '--verbose',
    ];
    // A process finds the file in its working folder.
    const { code, stderr } = await deploy(flags, ['secret-1', 'a b'], { runner: 'process' });
    expect(code).toBe(0);
    const logged = stderr.split('\n').filter((line) => line.startsWith('request '));
    for (const request of [
      /^request {3}iam GetPolicy arn:aws:iam::123456789012:policy\/mattermost-apps-invoke-policy: 200, \d+ ms$/,
      /^request {3}s3 PutObject static\/com\.example\.test_1\.0\.0_app\/icon\.svg: 200, \d+ ms$/,
      new RegExp(`^request   lambda GetFunction ${FUNCTION}: 404 ResourceNotFoundException, \\d+ ms$`),
      new RegExp(`^request   lambda CreateFunction ${FUNCTION}: 201, \\d+ ms$`),
      /^request {3}mattermost GET \/api\/v4\/users\/me: 200, \d+ ms$/,
    ]) {
      expect(logged).toContainEqual(expect.stringMatching(request));
    }
    const { Configuration, Tags } = await get();
    expect(Configuration).toMatchObject({
      MemorySize: 512,
      Timeout: 60,
      Architectures: ['arm64'],
      Environment: { Variables: { FROM_FILE: 'a b', TOKEN: 'secret-1', ZipFile: '' } },
    });
    expect(Tags).toEqual({ team: 'apps' });
  });

  test('assets are stored with their content types', async () => {
    const type = async (name: string) =>
      (
        await s3.send(
          new HeadObjectCommand({
            Bucket: 'mattermost-apps',
            Key: `static/com.example.test_1.0.0_app/${name}`,
          }),
        )
      ).ContentType;
    expect([await type('icon.svg'), await type('page.html'), await type('data')]).toEqual([
      'image/svg+xml',
      'text/html; charset=utf-8',
      'application/octet-stream',
    ]);
  });

  test('without flags nothing changes', async () => {
    const { stdout, stderr } = await deploy([]);
    expect(stdout).toContain(summaryLine('Functions', { unchanged: 1 }));
    expect(stderr).not.toContain('request ');
    expect((await get()).Configuration).toMatchObject({ MemorySize: 512, Timeout: 60 });
  });

  test('differences are refused without --update, and listed by field without their values', async () => {
    const flags = [
      '--memory',
      '1024',
      '--env',
      'TOKEN=secret-2',
      '--env',
      'NEW=secret-3',
      '--tag',
      'team=other',
    ];
    const { code, stderr, requests } = await deploy(flags, ['secret-1', 'secret-2', 'secret-3']);
    expect(stderr).toBe(
      refusalOutput(
        DEPLOY.functionDiffers(
          FUNCTION,
          'memory 512 MB -> 1024 MB',
          'environment (adds NEW; changes TOKEN)',
          'tags (changes team)',
        ),
        DEPLOY_HINT.replace('--update'),
      ),
    );
    expect(code).toBe(1);
    expect(findChanges(requests)).toEqual([]);
  });

  test('--update changes them; --env adds variables, --replace-env replaces all', async () => {
    const added = await deploy(
      ['--update', '--memory', '1024', '--env', 'NEW=secret-3', '--tag', 'more=1'],
      ['secret-1', 'secret-3'],
    );
    expect(added).toMatchObject({ code: 0 });
    const first = await get();
    expect(first.Configuration).toMatchObject({
      MemorySize: 1024,
      Environment: { Variables: { FROM_FILE: 'a b', TOKEN: 'secret-1', NEW: 'secret-3' } },
    });
    expect(first.Tags).toEqual({ team: 'apps', more: '1' });
    expect(await deploy(['--update', '--replace-env', '--env', 'ONLY=secret-4'], ['secret-4'])).toMatchObject(
      { code: 0 },
    );
    expect((await get()).Configuration?.Environment?.Variables).toEqual({ ONLY: 'secret-4' });
    expect(await deploy(['--update', '--architecture', 'x86_64'])).toMatchObject({ code: 0 });
    expect((await get()).Configuration?.Architectures).toEqual(['x86_64']);
  });

  test.each([
    [['--memory', '64'], USAGE.invalidArgument('--memory <megabytes>', '64', USAGE.integer(128, 10_240))],
    [['--timeout', '1h'], USAGE.invalidArgument('--timeout <seconds>', '1h', USAGE.integer(1, 900))],
    [
      ['--architecture', 'mips'],
      USAGE.invalidArgument('--architecture <name>', 'mips', 'Allowed choices are x86_64, arm64.'),
    ],
    [['--env', 'FOO'], USAGE.notAssignment('--env FOO')],
    [['--tag', 'FOO'], USAGE.notAssignment('--tag FOO')],
    // Text that does not look like a name could be a secret.
    [['--env', 'secret-5'], USAGE.notAssignment('--env')],
    [['--env', '=secret-5'], USAGE.notAssignment('--env')],
    [['--env', '1A=secret-5'], SETTINGS.invalidVariable('1A', SETTINGS.invalidStart)],
    [['--env', 'X=secret-5'], SETTINGS.invalidVariable('X', SETTINGS.tooShort)],
    [['--env', 'AWS_REGION=secret-5'], SETTINGS.reservedVariable('AWS_REGION')],
    [['--tag', 'aws:x=secret-5'], SETTINGS.reservedTag('aws:x')],
    [['--env', `LONG=secret-5${'x'.repeat(5000)}`], SETTINGS.variablesTooLarge(ANY)],
  ])('%j is invalid usage', async (flags, message) => {
    const { code, stderr } = await deploy(flags, ['secret-5']);
    expect(stderr).toMatch(containing(errorOutput(message)));
    if (flags[1] === 'FOO') expect(stderr).toContain(USAGE_HINT.assignment(flags[0] ?? '', 'FOO'));
    expect(code).toBe(2);
  });
});

describe.sequential('a new version', () => {
  const app = { app_id: 'com.example.versions' };
  const lambdaName = (version: string): string => `com-example-versions_${version}_go`;
  const get = (version: string) => lambda.send(new GetFunctionCommand({ FunctionName: lambdaName(version) }));
  const deployVersion = async (version: string, ...flags: string[]) => {
    const file = await writeBundle(environment.folder, manifest({ ...app, version }));
    const result = await environment.run(['aws', 'deploy', file, ...flags]);
    expect(`${result.stdout}${result.stderr}`).not.toContain('secret-7');
    return result;
  };

  test('takes over the settings of the version before, and prints which', async () => {
    const flags = ['--memory', '512', '--timeout', '60', '--env', 'TOKEN=secret-7', '--tag', 'team=secret-7'];
    expect((await deployVersion('1.0.0', ...flags)).stderr).not.toContain('note:');
    const note = `note: function ${lambdaName('1-1-0')}: takes over memory 512 MB, timeout 60 s, variables TOKEN, tags team of version 1.0.0\n`;
    const planned = await deployVersion('1.1.0', '--dry-run');
    expect(planned.stderr).toContain(note);
    expect(planned.stdout).toContain(`${lambdaName('1-1-0')}: memory 512 MB; timeout 60 s;`);
    expect((await deployVersion('1.1.0')).stderr).toContain(note);
    const { Configuration, Tags } = await get('1-1-0');
    expect(Configuration).toMatchObject({
      MemorySize: 512,
      Timeout: 60,
      Environment: { Variables: { TOKEN: 'secret-7' } },
    });
    expect(Tags).toEqual({ team: 'secret-7' });
    const again = await deployVersion('1.1.0');
    expect(again.stdout).toContain(summaryLine('Functions', { unchanged: 1 }));
    expect(again.stderr).not.toContain('note:');
  });

  test('takes over nothing with --fresh-settings', async () => {
    expect((await deployVersion('1.2.0', '--fresh-settings')).stderr).not.toContain('note:');
    const { Configuration, Tags } = await get('1-2-0');
    expect(Configuration).toMatchObject({ MemorySize: 256, Timeout: 30 });
    expect({ variables: Configuration?.Environment, Tags }).toEqual({
      variables: undefined,
      Tags: undefined,
    });
  });

  test('is not created when the variables of the version before cannot be read', async () => {
    const previous = environment.aws.function(lambdaName('1-2-0'));
    previous.environmentError = { code: 'KMSAccessDeniedException', message: 'KMS says no' };
    const { code, stderr, requests } = await deployVersion('1.3.0');
    expect(stderr).toBe(
      refusalOutput(
        `function ${lambdaName('1-3-0')} cannot take over the environment variables of ${lambdaName('1-2-0')}: KMS says no`,
        `allow kms:Decrypt on the KMS key of ${lambdaName('1-2-0')}, use --replace-env to set all variables, or use --fresh-settings to take over nothing`,
      ),
    );
    expect(code).toBe(1);
    expect(findChanges(requests)).toEqual([]);
    expect((await deployVersion('1.3.0', '--replace-env', '--env', 'LEVEL=1')).code).toBe(0);
  });
});

describe('a file of --env-from', () => {
  const deployWith = async (content: string, ...flags: string[]) => {
    const file = join(environment.folder, 'my.env');
    await writeFile(file, content);
    const args = ['aws', 'deploy', bundle, '--dry-run', '--update', '--env-from', file, ...flags];
    const result = await environment.run(args);
    expect(`${result.stdout}${result.stderr}`).not.toContain('secret-6');
    return result;
  };

  test('that cannot be read is invalid usage', async () => {
    const { code, stderr } = await environment.run(['aws', 'deploy', bundle, '--env-from', '/no-such-file']);
    expect(stderr).toBe(errorOutput(USAGE.cannotRead('--env-from /no-such-file', FILE.missing)));
    expect(code).toBe(2);
  });

  test('sets its variables, and --env takes precedence', async () => {
    const { code, stdout } = await deployWith('# mine\nONE=secret-6#x\nexport TWO="a"\n', '--env', 'TWO=b');
    expect(stdout).toMatch(/environment \(.*adds ONE, TWO/);
    expect(code).toBe(0);
  });

  test.each([
    ['ONE=1\nTOKEN: secret-6\n', [], (file: string) => USAGE.notEnvLine(file, 2), ANY],
    ['AWS_REGION=secret-6\n', [], () => SETTINGS.reservedVariable('AWS_REGION'), undefined],
    ['# nothing\n', [], USAGE.emptyEnvFile, USAGE_HINT.emptyEnvFile],
    ['# nothing\n', ['--replace-env'], USAGE.emptyEnvFile, USAGE_HINT.emptyEnvFile],
  ])('with %j and %j is invalid usage', async (content, flags, message, hint) => {
    const { code, stderr } = await deployWith(content, ...flags);
    expect(stderr).toMatch(matching(errorOutput(message(join(environment.folder, 'my.env')), hint)));
    expect(code).toBe(2);
  });
});

test('a function of over 10 MB is uploaded through the bucket, and removed from it', {
  timeout: 60_000,
}, async () => {
  const code = await zip({
    'index.js': 'exports.handler = async () => ({});',
    data: randomBytes(20_000_000),
  });
  const app = manifest({ app_id: 'com.example.large' });
  const large = await writeBundle(environment.folder, app, { 'go.zip': code });
  const start = environment.aws.requests.length;
  expect(await environment.run(['aws', 'deploy', large])).toMatchObject({ code: 0 });
  const operations = environment.aws.requests.slice(start);
  expect(operations.filter(({ operation }) => operation === 'UploadPart')).toHaveLength(2);
  expect(Math.max(...operations.map(({ bodyBytes }) => bodyBytes))).toBeLessThan(20_000_000);
  const { KeyCount } = await s3.send(
    new ListObjectsV2Command({ Bucket: 'mattermost-apps', Prefix: 'functions/' }),
  );
  expect(KeyCount).toBe(0);
  expect((await environment.run(['aws', 'deploy', large])).stdout).toContain(
    summaryLine('Functions', { unchanged: 1 }),
  );
  expect((await readFile(large)).length).toBeGreaterThan(20_000_000);
});
