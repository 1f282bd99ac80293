import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppsctlEvent } from '../../src/core/diagnostics/event.js';
import { readAccountState } from '../support/account-state.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { CliProcess } from '../support/cli-process.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { errorOutput, refusalOutput } from '../support/messages/output.js';
import { USAGE } from '../support/messages/usage.js';
import { findChanges } from '../support/requests.js';

const BUNDLES = 'bundles';
const SETTINGS = { MM_APPS_BUNDLE_BUCKET: BUNDLES, MM_APPS_ENVIRONMENT: 'test' };
/** Without a Mattermost server, which these tests do not need. */
const ALONE = { MM_SERVICESETTINGS_SITEURL: '', MM_ADMIN_TOKEN: '' };
const ANYONE = '--allow-app=*';
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

let start: TestEnvironment;
let environment: TestEnvironment;

beforeAll(async () => {
  start = await startEnvironment({ runner: 'in-process' });
  await start.init();
  await start.clients.s3.send(new CreateBucketCommand({ Bucket: BUNDLES }));
});
afterAll(() => start.stop());
beforeEach(async () => {
  environment = await startEnvironment({ like: start });
});
afterEach(() => environment.stop());

/** Uploads a bundle with a manifest, or without changes to it what is none; by default as a new one. */
async function upload(
  key: string,
  changes?: Readonly<Record<string, unknown>>,
  tagged: Readonly<Record<string, string>> = {},
): Promise<void> {
  const Body =
    changes === undefined
      ? Buffer.from('not a zip')
      : await readFile(await writeBundle(environment.folder, manifest(changes)));
  const Tagging = new URLSearchParams(tagged).toString();
  await environment.clients.s3.send(new PutObjectCommand({ Bucket: BUNDLES, Key: key, Body, Tagging }));
}

const FAILED = { failed_test: '1 2026-11-29T01:00:00.000Z INVALID_BUNDLE' };
const DEPLOYED = { deployed_test: 'true' };

function run(args: string, env: Readonly<Record<string, string>> = {}, signal?: AbortSignal) {
  return environment.run(['aws', 'deployer', ...args.split(' ')], {
    env: { ...ALONE, ...SETTINGS, ...env },
    ...(signal && { signal }),
  });
}

/** The tags of a bundle, and with their values. */
function tags(key: string): Record<string, string> {
  return Object.fromEntries(environment.aws.bucket(BUNDLES).objects.get(key)?.tags ?? []);
}

/** What a log of JSON lines says; a line that is not JSON fails the test. */
function parseLog(stderr: string): Record<string, unknown>[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Fails requests for the tags of a bundle. */
function refuseTags(key: string): void {
  environment.intercept(({ operation, resource }) =>
    operation === 'GetObjectTagging' && resource.endsWith(`/${key}`)
      ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' }
      : undefined,
  );
}

describe('run', () => {
  test('deploys what is new, and with 1 says that a bundle is not deployed; the next one has nothing to do', async () => {
    await upload('apps/good.zip', {});
    await upload('bad \u202e.zip');
    const first = await run(`run ${ANYONE}`);
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(
      /^1 deployed, 1 failed in \S+ s; all bundles: 1 deployed, 0 new, 0 failed, 1 blocked\n$/,
    );
    for (const line of first.stderr.trimEnd().split('\n'))
      expect(line).toMatch(new RegExp(`^${TIME} (?:info   |error  ) `));
    expect(first.stderr).toMatch(/ account {3}123456789012 in us-east-1 as arn:aws:iam::123456789012:\S+\n/);
    expect(first.stderr).toContain('apps/good.zip: created   function com-example-test_1-0-0_go');
    expect(first.stderr).toContain('bad \\u202e.zip: not deployed: ');
    expect(tags('apps/good.zip')).toEqual(DEPLOYED);

    const second = await run(`run ${ANYONE}`);
    expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^0 deployed, 0 failed in /) });
    expect(second.requests.map(({ operation }) => operation)).not.toContain('PutObjectTagging');
  });

  test('--dry-run prints the plan of each bundle, and changes nothing', async () => {
    await upload('a.zip', {});
    await upload('b.zip');
    const before = readAccountState(environment);
    const { code, stdout, requests } = await run(`run --dry-run ${ANYONE}`);
    expect(code).toBe(1);
    expect(stdout).toContain('a.zip: Test (com.example.test 1.0.0)\n  create    function com-example-test');
    expect(stdout).toContain('b.zip\n  would fail: ');
    expect(stdout).toMatch(/\n1 would be deployed, 1 would fail\. Nothing was changed \(--dry-run\)\.\n$/);
    expect({ changes: findChanges(requests), tags: tags('a.zip') }).toEqual({ changes: [], tags: {} });
    expect(readAccountState(environment)).toEqual(before);
  });

  test('--dry-run without anything to do ends with 0', async () => {
    expect(await run(`run --dry-run ${ANYONE}`)).toMatchObject({
      ...{ code: 0, stdout: 'no bundle is new or to be tried again\n' },
    });
  });

  test.each(['run', 'run --dry-run'])(
    '%s without the bucket of the apps fails as a whole, and blames no bundle',
    async (command) => {
      await upload('a.zip', {});
      const missing = { MM_APPS_S3_BUCKET: 'missing-bucket' };
      const { code, stdout, stderr } = await run(`${command} ${ANYONE}`, missing);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/ error {3}bucket missing-bucket does not exist/);
      expect(stderr).not.toContain('a.zip');
      expect(tags('a.zip')).toEqual({});
    },
  );

  test('without a folder for temporary files, fails as a whole, and blames no bundle', async () => {
    await upload('a.zip', {});
    const { code, stderr } = await run(`run ${ANYONE}`, { TMPDIR: join(environment.folder, 'missing') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/ error {3}cannot write a temporary file in \S+missing: it does not exist\n/);
    expect(tags('a.zip')).toEqual({});
  });

  test('takes the variables of the Go version, with a note each', async () => {
    await upload('a.zip', {});
    const old = {
      ...{ MM_APPS_BUNDLE_BUCKET: '', MM_APPS_ENVIRONMENT: '', MM_APPS_S3_BUCKET: '' },
      ...{ AppsBundleBucketName: BUNDLES, Environment: 'old', StaticBucket: BUCKET },
      ...{ TerraformTemplateDir: '/t', TerraformStateBucket: 's', TempDir: environment.folder },
    };
    const planned = await run(`run ${ANYONE}`, { ...old, TerraformApply: 'false' });
    expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining('1 would be deployed') });
    const notes = planned.stderr.split('\n').filter((line) => line.includes(' note '));
    expect(notes).toHaveLength(7);

    expect(await run(`run ${ANYONE}`, { ...old, TerraformApply: 'true' })).toMatchObject({ code: 0 });
    expect(tags('a.zip')).toEqual({ deployed_old: 'true' });
  });

  test('does nothing while another run goes on', async () => {
    await upload('a.zip', {});
    let other: Promise<{ readonly code: number | null; readonly stdout: string }> | undefined;
    environment.intercept(async ({ operation }) => {
      if (operation === 'CreateFunction') other = run(`run ${ANYONE}`);
      if (operation === 'CreateFunction') await other;
      return undefined;
    });
    expect(await run(`run ${ANYONE}`)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 deployed/),
    });
    expect(await other).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^nothing was done: run \\S+, which began at ${TIME}, is still going on\n$`),
      ),
    });
  });

  test('warns that anyone may deploy anything', async () => {
    expect((await run('run')).stderr).toMatch(/ warning anyone who can upload to bucket bundles /);
    expect((await run('run', { MM_APPS_ALLOW_APPS: '*' })).stderr).not.toContain('warning');
  });

  test('never prints a secret', async () => {
    await upload('a.zip', {});
    await upload('b.zip');
    // Nothing listens on these ports.
    const secrets = {
      MM_APPS_NOTIFICATIONS_WEBHOOK: 'http://127.0.0.1:9/hooks/s3cret',
      MM_APPS_ALERTS_WEBHOOK: 'http://127.0.0.1:9/hooks/s3cret2',
      MM_APPS_PUSHGATEWAY_URL: 'http://user:s3cret@127.0.0.1:9',
    };
    const runs = [await run('run --verbose', secrets)];
    for (const [name, value] of Object.entries(secrets)) {
      const invalid = await run('run', { [name]: value.replace('http:', 's3cret:') });
      expect(invalid).toMatchObject({ code: 2, stderr: expect.stringContaining(name) });
      runs.push(invalid);
    }
    expect(runs.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain('s3cret');
  });

  test('--emf prints metrics to standard output, and --metrics-file writes them', async () => {
    const file = join(environment.folder, 'metrics.prom');
    const { code, stdout } = await run(`run ${ANYONE} --log-format json --emf --metrics-file ${file}`);
    expect(code).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('_aws');
    expect(await readFile(file, 'utf8')).toContain('appsctl_deployer_run_failed{environment="test"} 0\n');
  });
});

describe('run --log-format json', () => {
  test('writes nothing but JSON lines, each with the run, and the summary last', async () => {
    await upload('a.zip', {});
    await upload('b.zip');
    const { code, stdout, stderr } = await run('run --log-format json --verbose', { Environment: 'old' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = parseLog(stderr);
    for (const line of lines) {
      expect(line).toMatchObject({ time: expect.any(String), message: expect.any(String) });
      expect(['debug', 'info', 'warning', 'error']).toContain(line['level']);
    }
    const events = lines.map(({ event }) => event);
    const types = ['note', 'warning', 'account', 'request', 'resource'] satisfies (
      | AppsctlEvent['type']
      | 'note'
    )[];
    expect(events).toEqual(
      expect.arrayContaining([...types, 'run-started', 'bundle-started', 'bundle-deployed', 'bundle-failed']),
    );
    expect(lines.find(({ event }) => event === 'account')).toMatchObject({
      accountId: '123456789012',
      identity: expect.stringContaining('arn:aws:iam::123456789012:'),
    });
    const first = events.indexOf('run-started');
    expect(new Set(lines.slice(first).map((line) => line['run']))).toEqual(new Set([lines[first]?.['run']]));
    expect(lines.at(-1)).toMatchObject({
      event: 'run-ended',
      deployed: 1,
      failed: 1,
      bundles: { blocked: 1 },
    });
  });

  test('with --dry-run, a plan is a line, and the last one counts them', async () => {
    await upload('a.zip', {});
    const { code, stdout, stderr } = await run('run --log-format json --dry-run');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const changes = { create: 2, update: 1, unchanged: 0 };
    const message = '1 would be deployed, 0 would fail. Nothing was changed (--dry-run).';
    expect(parseLog(stderr).slice(-2)).toMatchObject([
      { bundle: 'a.zip', event: 'bundle-planned', changes },
      { event: 'note', message },
    ]);
  });

  test.each([
    ['run --log-format json --bogus', {}, 2, 'USAGE', "unknown option '--bogus'"],
    ['run --bogus --log-format json', {}, 2, 'USAGE', "unknown option '--bogus'"],
    ['run --log-format json extra', {}, 2, 'USAGE', expect.stringContaining('too many arguments')],
    [
      'run --log-format json',
      { MM_APPS_BUNDLE_BUCKET: '' },
      2,
      'MISSING_VARIABLE',
      USAGE.missingVariable('MM_APPS_BUNDLE_BUCKET'),
    ],
    ['run --log-format json', { MM_APPS_BUNDLE_BUCKET: 'missing' }, 1, 'NOT_FOUND', expect.any(String)],
  ])('%s with %j ends with a line about the error', async (args, env, code, errorCode, message) => {
    const result = await run(args, env);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(parseLog(result.stderr).at(-1)).toMatchObject({
      ...{ level: 'error', event: 'error', code: errorCode, message },
    });
  });
});

test.each([
  ['run --max-duration 5', 'Expected a duration from 10s to 1d, such as 30s, 5m or 2h.'],
  ['run --parallel-bundles 11', 'Expected an integer from 1 to 10.'],
  ['run --log-format xml', 'Allowed choices are text, json.'],
  ['run --allow-app a/b', 'Expected the ID of an app, in which * is any text.'],
  ['watch --listen 9464', 'Expected an address such as 0.0.0.0:9464, [::]:9464 or :9464.'],
  ['retry', 'no bundle is named'],
  ['retry ', 'a key is empty'],
  ['retry --all a.zip', '--all and keys exclude each other'],
])('%s is refused', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

describe('watch', () => {
  test('makes one run after the other until it is interrupted', async () => {
    await upload('a.zip', {});
    const interruption = new AbortController();
    let passes = 0;
    environment.intercept(async ({ operation, resource }) => {
      if (operation !== 'ListObjectsV2' || !resource.endsWith(`:${BUNDLES}`)) return undefined;
      passes++;
      // The check of the access and the list of the bundles, in each pass.
      if (passes === 1) await upload('b.zip', { version: '1.1.0' });
      if (passes === 4) interruption.abort();
      return undefined;
    });
    const { code, stdout, stderr } = await run(
      `watch ${ANYONE} --interval 10s --listen 127.0.0.1:0 --log-format json`,
      {},
      interruption.signal,
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    const log = parseLog(stderr);
    expect(log.filter(({ event }) => event === 'run-started')).toHaveLength(2);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(tags('b.zip')).toEqual(DEPLOYED);
  });

  test('is not what TerraformApply=false asks for', async () => {
    expect(await run('watch', { TerraformApply: 'false' })).toMatchObject({ code: 2 });
  });
});

describe('status', () => {
  test('shows each bundle, sorted, and how many there are', async () => {
    await upload('b/good.zip', {}, DEPLOYED);
    await upload('a bad.zip', undefined, FAILED);
    await upload('c.zip', {});
    const { code, stdout, stderr, requests } = await run('status', { MM_APPS_S3_BUCKET: '' });
    expect({ code, stderr, changes: findChanges(requests) }).toEqual({ code: 0, stderr: '', changes: [] });
    const minute = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d';
    const lines = [
      'bundle +state +uploaded +attempts +last error +next try',
      `a bad\\.zip +blocked +${minute} +1 +INVALID_BUNDLE +-`,
      `b/good\\.zip +deployed +${minute} +- +- +-`,
      `c\\.zip +new +${minute} +- +- +-`,
      '3 bundles for test: 1 deployed, 1 new, 0 failed, 1 blocked',
    ];
    expect(stdout).toMatch(new RegExp(`^${lines.join('\n')}\n$`));
  });

  test('prints everything as JSON', async () => {
    await upload('bad.zip', undefined, FAILED);
    const { code, stdout } = await run('status --json');
    expect(code).toBe(0);
    const time = expect.stringMatching(new RegExp(`^${TIME}$`));
    expect(JSON.parse(stdout)).toEqual({
      ...{ version: 1, environment: 'test', bucket: BUNDLES },
      bundles: [
        {
          ...{ key: 'bad.zip', size: 9, uploadedAt: time, state: 'blocked' },
          failure: { attempts: 1, at: '2026-11-29T01:00:00.000Z', code: 'INVALID_BUNDLE' },
          nextAttemptAt: null,
        },
      ],
      unreadable: [],
    });
  });

  test('names a bundle whose tags cannot be read, and ends with 1', async () => {
    await upload('a.zip', {});
    await upload('b.zip', {});
    refuseTags('a.zip');
    const { code, stdout } = await run('status');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^a\.zip +unreadable .* ACCESS_DENIED +-$/m);
    expect(stdout).toMatch(/^a\.zip: .*a\.zip/m);
    expect(stdout).toMatch(/\n2 bundles for test: 0 deployed, 1 new, 0 failed, 0 blocked, 1 unreadable\n$/);
    const { stdout: json } = await run('status --json');
    expect(JSON.parse(json)).toMatchObject({ unreadable: [{ key: 'a.zip', code: 'ACCESS_DENIED' }] });
  });

  test('of an empty bucket', async () => {
    expect(await run('status')).toMatchObject({ code: 0, stdout: 'there are no bundles in s3://bundles/\n' });
  });

  test('without permission', async () => {
    environment.intercept(({ operation }) =>
      operation === 'ListObjectsV2'
        ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' }
        : undefined,
    );
    expect(await run('status')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: /),
    });
  });
});

describe('retry', () => {
  beforeEach(async () => {
    await upload('good.zip', {}, DEPLOYED);
    await upload('bad 1.zip', undefined, FAILED);
    await upload('bad2.zip', undefined, FAILED);
  });

  test('lets the next run try a bundle again, and says which have not failed', async () => {
    const { code, stdout } = await environment.run(
      ['aws', 'deployer', 'retry', 'bad 1.zip', 'good.zip', 'bad 1.zip'],
      { env: SETTINGS },
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'reset     bad 1.zip\nunchanged good.zip: it has not failed\n',
    });
    expect([tags('bad 1.zip'), tags('good.zip')]).toEqual([{}, DEPLOYED]);
  });

  test('--all is about all that have failed', async () => {
    expect(await run('retry --all')).toMatchObject({
      ...{ code: 0, stdout: 'reset     bad 1.zip\nreset     bad2.zip\n' },
    });
    expect(await run('retry --all')).toMatchObject({ code: 0, stdout: 'no bundle has failed\n' });
  });

  test('changes nothing when a bundle does not exist', async () => {
    const { code, stdout, stderr, requests } = await run('retry bad2.zip x.zip y.zip');
    expect({ code, stdout, changes: findChanges(requests) }).toEqual({ code: 1, stdout: '', changes: [] });
    const problem = '2 bundles do not exist in bucket bundles\n  x.zip\n  y.zip';
    expect(stderr).toBe(refusalOutput(problem, 'check the key; case matters'));
  });
});

test('SIGTERM ends a run at the next safe point with 143, and leaves neither a lease nor a tag', async () => {
  await upload('a.zip', {});
  await upload('b.zip', { app_id: 'com.example.other' });
  environment.intercept(async ({ operation }) => {
    if (operation !== 'CreateFunction') return undefined;
    cli.signal('SIGTERM');
    // The process receives the signal before the response.
    await cli.waitForError(INTERRUPTION.stopping);
    return undefined;
  });
  const env = { ...environment.env, ...ALONE, ...SETTINGS };
  const cli = await CliProcess.start(['aws', 'deployer', 'run', ANYONE], env, environment.folder);
  expect(await cli.waitForEnd()).toBe(143);
  expect(cli.stderr).toContain(` info    ${INTERRUPTION.stopping}\n`);
  expect(cli.stderr).toContain(' error   interrupted: ');
  expect({ stdout: cli.stdout, files: await cli.readFiles() }).toEqual({ stdout: '', files: '' });
  expect([tags('a.zip'), tags('b.zip')]).toEqual([{}, {}]);
  const locks = [...environment.aws.bucket(BUCKET).objects.keys()].filter((key) => key.startsWith('locks/'));
  expect(locks).toEqual([]);
  environment.intercept(() => undefined);
  expect(await run(`run ${ANYONE}`)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2 deployed/) });
});

test('a run that is interrupted before it changes something ends at once', async () => {
  const interruption = new AbortController();
  environment.intercept(({ operation }) => {
    if (operation !== 'GetRole') return undefined;
    interruption.abort();
    return { kind: 'blackHole' };
  });
  const { code, stdout, stderr } = await run(`run ${ANYONE}`, {}, interruption.signal);
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toContain(errorOutput(INTERRUPTION.nothingChanged).replace('error: ', ' error   '));
});
