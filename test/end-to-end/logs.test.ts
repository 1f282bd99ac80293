import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addEvents } from '../stand-ins/aws/log-model.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { CliProcess } from '../support/cli-process.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { FakeClock } from '../support/fake-clock.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { ANY, errorOutput, matching, warningLine } from '../support/messages/output.js';
import { runInProcess } from '../support/run-in-process.js';
import { writeFiles } from '../support/temp-app.js';
import { tempFolder } from '../support/temp-folder.js';

const BIN = fileURLToPath(new URL('../../bin/appsctl.js', import.meta.url));
const APP = 'com.example.test';
const STREAM = '2026/11/24/[$LATEST]0123456789abcdef';
const LOGS = { go: '/aws/lambda/com-example-test_1-0-0_go', js: '/aws/lambda/com-example-test_1-0-0_js' };

const folder = await tempFolder();
const nodeFunction = (name: string) => ({
  ...{ path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' },
});
// The time of the commands, which does not pass with that of the machine.
const clock = new FakeClock();
let environment: TestEnvironment;

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process', clock });
  await environment.init();
  const functions = ['go', 'js'].map(nodeFunction);
  const content = manifest({ aws_lambda: { functions } });
  await environment.runOrThrow(['aws', 'deploy', await writeBundle(folder, content)]);
});
afterAll(() => environment.stop());

let now: number;
beforeEach(() => {
  now = clock.now();
  environment.aws.stored.logGroups.forEach(({ events }) => void events.splice(0));
});

/** Adds events to a log group, which is created if it does not exist. */
function log(group: string, messages: Readonly<Record<string, number>>, stream = STREAM): void {
  const { logGroups } = environment.aws.stored;
  if (!logGroups.has(group)) {
    const created = { name: group, createdAt: new Date(), retention: undefined };
    (logGroups as Map<string, unknown>).set(group, { ...created, streams: new Set(), events: [] });
  }
  const events = Object.entries(messages).map(([message, ago]) => ({
    ...{ stream, message, timestamp: now - ago },
  }));
  addEvents(environment.aws.logGroup(group), events);
}

/** The texts of the events that were printed. */
function textsOf(stdout: string): string[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/^\S+ {2}/, ''));
}

test('without a log group, a warning says why, and nothing is printed', async () => {
  const result = await environment.run(['aws', 'logs', APP, '--function', 'go']);
  expect(result).toMatchObject({
    code: 0,
    stdout: '',
    stderr: warningLine(
      `log group ${LOGS.go} does not exist yet: com-example-test_1-0-0_go has not been invoked, or the execution role is not allowed to write logs`,
    ),
  });
});

describe('the logs of an app', () => {
  beforeEach(() => {
    log(LOGS.go, { 'first\n': 50_000, 'third\n': 30_000 });
    log(LOGS.js, { 'second\n': 40_000, 'old\n': 11 * 60_000 });
  });

  test('are printed by time, with the time and the function', async () => {
    const { code, stdout, stderr, requests } = await environment.run(['aws', 'logs', APP]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(textsOf(stdout)).toEqual(['go  first', 'js  second', 'go  third']);
    expect(stdout.split('\n')[0]).toBe(`${new Date(now - 50_000).toISOString()}  go  first`);
    expect(new Set(requests.map(({ operation }) => operation))).toEqual(
      new Set(['GetCallerIdentity', 'ListObjectsV2', 'GetObject', 'GetFunction', 'FilterLogEvents']),
    );
  });

  test.each<[string[], string[]]>([
    [['--function', 'js'], ['js  second']],
    [['--function', 'com-example-test_1-0-0_js'], ['js  second']],
    [
      ['--function', 'go', '--function', 'js', '--since', '1h'],
      ['js  old', 'go  first', 'js  second', 'go  third'],
    ],
    [['--since', '35s'], ['go  third']],
    [
      ['--filter', 'ir'],
      ['go  first', 'go  third'],
    ],
    [['--filter', 'nothing'], []],
  ])('are selected by %j', async (flags, expected) => {
    const { stdout } = await environment.runOrThrow(['aws', 'logs', `${APP}@1.0.0`, ...flags]);
    expect(textsOf(stdout)).toEqual(expected);
  });

  test('are printed as JSON, one event on a line', async () => {
    const { stdout } = await environment.runOrThrow(['aws', 'logs', APP, '--json', '--filter', 'second']);
    expect(JSON.parse(stdout)).toEqual({
      ...{ version: 1, time: new Date(now - 40_000).toISOString(), function: 'js' },
      ...{ lambdaName: 'com-example-test_1-0-0_js', logGroup: LOGS.js, logStream: STREAM },
      ...{ id: expect.any(String), message: 'second\n' },
    });
  });

  test('of several pages, of which some are empty, are complete', async () => {
    await using slow = disposable(
      await startEnvironment({ like: environment, aws: { pageSize: 1, logs: { emptyPages: 3 } } }),
    );
    const { stdout } = await slow.runOrThrow(['aws', 'logs', APP]);
    expect(textsOf(stdout)).toEqual(['go  first', 'js  second', 'go  third']);
  });

  test('can be read by a process, whose reader may stop early', async () => {
    log(LOGS.go, Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`line ${index}`, 10_000])));
    const child = spawn(process.execPath, [BIN, 'aws', 'logs', APP], {
      env: { ...environment.env, PATH: process.env['PATH'], HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

test('a log group that functions share has the events of the app alone', async () => {
  const go = environment.aws.function('com-example-test_1-0-0_go');
  go.logGroup = '/shared';
  log('/shared', { mine: 2_000 }, '2026/11/24/com-example-test_1-0-0_go[$LATEST][0123]');
  log('/shared', { foreign: 1_000 }, '2026/11/24/another_1_x[$LATEST][0123]');
  const { stdout } = await environment.runOrThrow(['aws', 'logs', APP]);
  go.logGroup = undefined;
  expect(textsOf(stdout)).toEqual(['go  mine']);
});

test('what an invocation logs is printed, and cannot take over the terminal', async () => {
  log(LOGS.go, { 'a\u001b[2Jb\tc\nerror: forged\r\nlast\u202e\n': 1_000 });
  const { stdout } = await environment.runOrThrow(['aws', 'logs', APP]);
  expect(stdout.split('\n').map((line) => line.replace(/^2\S+/, 'TIME'))).toEqual([
    ...['TIME  go  a\\u001b[2Jb  c', '    error: forged', '    last\\u202e', ''],
  ]);
  const { stdout: json } = await environment.runOrThrow(['aws', 'logs', APP, '--json']);
  expect(json).toMatch(/^[ -~]+\n$/);
  expect(JSON.parse(json).message).toBe('a\u001b[2Jb\tc\nerror: forged\r\nlast\u202e\n');
});

test('without the right to look up functions, the default log groups are read, and a warning says so', async () => {
  log(LOGS.go, { first: 1_000 });
  const stop = environment.intercept(({ operation }) =>
    operation === 'GetFunction'
      ? { kind: 'error', status: 403, code: 'AccessDeniedException', message: 'not authorized' }
      : undefined,
  );
  const { code, stdout, stderr } = await environment.run(['aws', 'logs', `${APP}@1.0.0`, '--function', 'go']);
  stop();
  expect(code).toBe(0);
  expect(textsOf(stdout)).toEqual(['go  first']);
  expect(stderr).toBe(
    warningLine(
      'function com-example-test_1-0-0_go cannot be looked up without the permission lambda:GetFunction: reading its default log group',
    ),
  );
});

test('an interruption without --follow is an error, as of any command', async () => {
  const interruption = new AbortController();
  const stop = environment.intercept(({ operation }) => {
    if (operation !== 'FilterLogEvents') return undefined;
    interruption.abort();
    return { kind: 'blackHole' };
  });
  const result = await environment.run(['aws', 'logs', APP], { signal: interruption.signal });
  stop();
  expect(result).toMatchObject({ code: 130, stdout: '', stderr: errorOutput(INTERRUPTION.nothingChanged) });
});

describe('--follow', () => {
  /** Runs the command, and calls a function at each of its pauses, which returns false to press Ctrl-C. */
  async function follow(flags: readonly string[], atPause: (pause: number) => boolean) {
    const interruption = new AbortController();
    class Pauses extends FakeClock {
      private pauses = 0;
      override async sleep(milliseconds: number): Promise<void> {
        // Shorter waits are those for the rate of requests.
        if (milliseconds === 2000 && !atPause(this.pauses++)) interruption.abort();
        await super.sleep(milliseconds);
      }
    }
    const io = { clock: new Pauses(), signal: interruption.signal };
    return runInProcess(['aws', 'logs', APP, '--follow', ...flags], environment.env, io);
  }

  test('prints each event once, also one that arrives late, and ends with 130 and without a word', async () => {
    log(LOGS.go, { first: 20_000 });
    log(LOGS.js, {});
    const result = await follow([], (pause) => {
      if (pause === 0) log(LOGS.js, { second: 10_000 });
      if (pause === 1) log(LOGS.go, { late: 30_000, third: 5_000 });
      return pause < 3;
    });
    expect(result).toMatchObject({ code: 130, stderr: '' });
    expect(textsOf(result.stdout)).toEqual(['go  first', 'js  second', 'go  late', 'go  third']);
  });

  test('waits for a log group that does not exist yet', async () => {
    const { logGroups } = environment.aws.stored;
    (logGroups as Map<string, unknown>).delete(LOGS.js);
    const result = await follow(['--function', 'js'], (pause) => {
      if (pause === 1) log(LOGS.js, { begins: 0 });
      return pause < 3;
    });
    expect(result.code).toBe(130);
    expect(result.stderr).toMatch(matching(warningLine(`log group ${LOGS.js} does not exist yet: ${ANY}`)));
    expect(textsOf(result.stdout)).toEqual(['js  begins']);
  });

  test('ends when a process gets Ctrl-C', async () => {
    log(LOGS.go, { first: 1_000 });
    const child = await CliProcess.start(['aws', 'logs', APP, '--follow'], environment.env, folder);
    while (child.stdout === '') await new Promise((resolve) => setTimeout(resolve, 5));
    child.signal('SIGINT');
    expect(await child.waitForEnd()).toBe(130);
    expect(child.stderr).toBe('');
    expect(textsOf(child.stdout)).toEqual(['go  first']);
  });
});

test('the retention of the settings file is set for functions that exist and for new ones', async () => {
  const config = join(folder, 'appsctl.json');
  await writeFiles(folder, { 'appsctl.json': JSON.stringify({ logRetention: 14 }) });
  log(LOGS.go, { kept: 1_000 });
  await using changed = disposable(await startEnvironment({ like: environment }));
  const functions = ['go', 'new'].map(nodeFunction);
  for (const version of ['1.0.0', '1.0.1']) {
    const bundle = await writeBundle(folder, manifest({ version, aws_lambda: { functions } }));
    await changed.runOrThrow(['aws', 'deploy', bundle, '--update', '--config', config]);
    for (const name of ['go', 'new']) {
      const group = `/aws/lambda/com-example-test_${version.replaceAll('.', '-')}_${name}`;
      expect(changed.aws.logGroup(group).retention).toBe(14);
    }
  }
  const { stdout } = await changed.runOrThrow(['aws', 'logs', `${APP}@1.0.0`]);
  expect(textsOf(stdout)).toEqual(['go  kept']);
});

describe('an error names', () => {
  test.each<[string, readonly string[], number, string, string?]>([
    [
      'an unknown app',
      ['com.example.tset'],
      1,
      `app com.example.tset is not deployed: bucket ${BUCKET} has no manifest of it`,
      'did you mean com.example.test?',
    ],
    [
      'an unknown version',
      [`${APP}@2.0.0`],
      1,
      `version 2.0.0 of app ${APP} is not deployed`,
      'deployed, latest first: 1.0.0',
    ],
    [
      'an unknown function',
      [APP, '--function', 'got'],
      2,
      `app ${APP} 1.0.0 has no function "got"`,
      'did you mean go?',
    ],
    [
      'an invalid time',
      [APP, '--since', 'yesterday'],
      2,
      '--since "yesterday" is not a time',
      'write how long ago, such as 30s, 10m, 2h or 3d, or a time such as 2026-11-24T10:00:00Z',
    ],
  ])('%s', async (_, args, code, message, hint) => {
    const result = await environment.run(['aws', 'logs', ...args]);
    expect(result).toMatchObject({ code, stdout: '', stderr: errorOutput(message, hint) });
  });
});

function disposable(started: TestEnvironment): TestEnvironment & AsyncDisposable {
  return { ...started, [Symbol.asyncDispose]: () => started.stop() };
}
