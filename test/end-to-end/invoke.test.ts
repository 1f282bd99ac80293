import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { AWS_HINT } from '../support/messages/aws.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { errorOutput, warningLine } from '../support/messages/output.js';
import { runInProcess } from '../support/run-in-process.js';
import { writeFiles } from '../support/temp-app.js';
import { tempFolder } from '../support/temp-folder.js';

const APP = 'com.example.test';
const folder = await tempFolder();
let environment: TestEnvironment;

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
  await environment.init();
  const paths = ['/', '/echo', '/echo/deep', '/fail', '/slow', '/odd'];
  const functions = paths.map((path) => ({
    ...{ path, name: `f${path.replaceAll('/', '-')}`, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  const echo = await functionArchive(
    `exports.handler = async (event) => ({
      statusCode: 200,
      body: JSON.stringify({ type: 'ok', data: { name: process.env.AWS_LAMBDA_FUNCTION_NAME, event } }),
    });`,
  );
  const bundle = await writeBundle(folder, manifest({ aws_lambda: { functions } }), {
    'f-.zip': await functionArchive(
      `exports.handler = async ({ path }) => path === '/error'
        ? { statusCode: 200, body: '{"type":"error","text":"\\\\u001b[31mno"}' }
        : { statusCode: 404, body: 'no such path' };`,
    ),
    'f-echo.zip': echo,
    'f-echo-deep.zip': echo,
    'f-fail.zip': await functionArchive(
      `exports.handler = async () => { console.log('before'); throw new TypeError('it broke'); };`,
    ),
    'f-slow.zip': await functionArchive(
      'exports.handler = () => new Promise((done) => setTimeout(done, 60000));',
    ),
    'f-odd.zip': await functionArchive(`exports.handler = async () => 'hello';`),
  });
  await environment.runOrThrow(['aws', 'deploy', bundle, '--timeout', '1', '--no-list']);
});
afterAll(() => environment.stop());

const invoke = (args: readonly string[]) => environment.run(['aws', 'invoke', APP, ...args]);

/** What the function has received. */
async function received(args: readonly string[]): Promise<{ name: string; event: { body: string } }> {
  const { stdout } = await environment.runOrThrow(['aws', 'invoke', APP, ...args]);
  return JSON.parse(stdout).data;
}

describe('the call', () => {
  test('is that of the server, for the function with the longest path', async () => {
    const { name, event } = await received(['/echo/deeply']);
    expect(name).toBe('com-example-test_1-0-0_f-echo-deep');
    expect(event).toEqual({
      ...{ path: '/echo/deeply', httpMethod: 'POST', headers: { 'Content-Type': 'application/json' } },
      body: '{"path":"/echo/deeply","context":{"app_id":"","mattermost_site_url":"","app_path":"","bot_user_id":"","oauth2":{}}}',
    });
  });

  test('has values and context from arguments and files', async () => {
    await writeFiles(folder, { 'context.json': '{"channel_id": "c", "bot_user_id": "b"}' });
    const { event } = await received([
      ...['/echo', '--data', '{"message":"hi"}', '--context', `@${join(folder, 'context.json')}`],
    ]);
    expect(event.body).toBe(
      '{"path":"/echo","values":{"message":"hi"},"context":{"channel_id":"c","app_id":"","mattermost_site_url":"","app_path":"","bot_user_id":"b","oauth2":{}}}',
    );
  });

  test('has values from standard input', async () => {
    const args = ['aws', 'invoke', APP, '/echo', '--data', '-'];
    const readInput = async (): Promise<string> => '{"a": 1}';
    const { code, stdout } = await runInProcess(args, environment.env, { readInput });
    expect(code).toBe(0);
    expect(JSON.parse(JSON.parse(stdout).data.event.body).values).toEqual({ a: 1 });
  });

  test('can be sent by a process', async () => {
    const result = await environment.run(['aws', 'invoke', APP, '/echo'], { runner: 'process' });
    expect(result).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    [['/echo', '--data', '[1]'], '--data: its value is not a JSON object'],
    [['/echo', '--data', 'secret'], '--data: its value is not a JSON object'],
    [['/echo', '--context', '-'], '--context: standard input is not a JSON object'],
    [['/echo', '--data', '@/missing'], 'cannot read --data @/missing: it does not exist'],
    [['/echo', '--data', '-', '--context', '-'], 'only one of --data and --context can be standard input'],
    [['echo'], '"echo" is not the path of a call'],
  ])('%j is invalid', async (args, message) => {
    const { code, stdout, stderr, requests } = await invoke(args);
    expect({ code, stdout, requests }).toEqual({ code: 2, stdout: '', requests: [] });
    expect(stderr.split('\n')[0]).toBe(`error: ${message}`);
  });
});

describe('the answer', () => {
  test('of the type error is printed, safe for terminals, and ends with 1', async () => {
    expect(await invoke(['/error'])).toMatchObject({
      ...{ code: 1, stderr: '' },
      stdout: '{\n  "type": "error",\n  "text": "\\u001b[31mno"\n}\n',
    });
  });

  test('with another status is printed, and ends with 1 and a warning', async () => {
    const name = 'com-example-test_1-0-0_f-';
    expect(await invoke(['/nothing'])).toMatchObject({
      ...{ code: 1, stdout: 'no such path\n' },
      stderr: warningLine(
        `function ${name} returned status 404: the Mattermost server takes this as an error`,
      ),
    });
  });

  test('is JSON with --json, with the function, the status and the log', async () => {
    const { stdout } = await invoke(['/echo', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      ...{ version: 1, app: { id: APP, version: '1.0.0' }, function: 'f-echo', path: '/echo', status: 200 },
      ...{ lambdaName: 'com-example-test_1-0-0_f-echo', isError: false, milliseconds: expect.any(Number) },
      ...{ log: expect.stringMatching(/^START /), response: { type: 'ok', data: expect.any(Object) } },
    });
  });
});

describe('an error is', () => {
  const log = AWS_HINT.functionLog(`appsctl aws logs ${APP}`);

  test('a function that fails, with the end of its log', async () => {
    const { code, stdout, stderr } = await invoke(['/fail']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const [first, ...lines] = stderr.trimEnd().split('\n');
    expect(first).toBe('error: function com-example-test_1-0-0_f-fail failed: TypeError: it broke');
    expect(lines).toContain('  before');
    expect(lines.at(-1)).toBe(`hint: ${log}`);
  });

  test('a function that does not end', async () => {
    const { code, stderr } = await invoke(['/slow']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: function com-example-test_1-0-0_f-slow failed: .*timed out after 1.00 seconds\n/,
    );
  });

  test('a function that does not answer as an app', async () => {
    const message = 'function com-example-test_1-0-0_f-odd did not return a Mattermost app response: "hello"';
    expect(await invoke(['/odd'])).toMatchObject({ code: 1, stderr: errorOutput(message, log) });
  });

  test('a path that no function has', async () => {
    const functions = [{ path: '/a', name: 'a', handler: 'index.handler', runtime: 'nodejs22.x' }];
    const content = manifest({ app_id: 'com.example.one', aws_lambda: { functions } });
    await environment.runOrThrow(['aws', 'deploy', await writeBundle(folder, content), '--no-list']);
    expect(await environment.run(['aws', 'invoke', 'com.example.one', '/b'])).toMatchObject({
      code: 1,
      stderr: errorOutput(
        'app com.example.one 1.0.0 has no function for the path "/b"',
        'the paths of its functions are /a',
      ),
    });
  });

  test('an unknown app, an unknown version and a function that was deleted', async () => {
    const run = (app: string) => environment.run(['aws', 'invoke', app, '/echo']);
    expect((await run('com.example.tset')).stderr).toBe(
      errorOutput(
        `app com.example.tset is not deployed: bucket ${BUCKET} has no manifest of it`,
        `did you mean ${APP}?`,
      ),
    );
    expect((await run(`${APP}@2.0.0`)).stderr).toBe(
      errorOutput(`version 2.0.0 of app ${APP} is not deployed`, 'deployed, latest first: 1.0.0'),
    );
    const functions = environment.aws.stored.functions as Map<string, unknown>;
    const name = 'com-example-test_1-0-0_f-echo';
    const stored = functions.get(name);
    functions.delete(name);
    expect((await run(APP)).stderr).toBe(
      errorOutput(`function ${name} does not exist`, 'deploy the app again'),
    );
    functions.set(name, stored);
  });

  test('a key that may not invoke the function', async () => {
    const stop = environment.intercept(({ operation }) =>
      operation === 'Invoke'
        ? {
            kind: 'error',
            status: 403,
            code: 'AccessDeniedException',
            message: 'not authorized to perform: lambda:InvokeFunction',
          }
        : undefined,
    );
    const { code, stderr } = await invoke(['/echo']);
    stop();
    expect(code).toBe(1);
    expect(stderr).toContain(AWS_HINT.grant('lambda:InvokeFunction', 'MM_APPS_AWS_ACCESS_KEY'));
  });
});

test('an interruption does not say that nothing was changed', async () => {
  const interruption = new AbortController();
  const stop = environment.intercept(({ operation }) => {
    if (operation === 'Invoke') interruption.abort();
    return undefined;
  });
  const { signal } = interruption;
  const result = await environment.run(['aws', 'invoke', APP, '/echo'], { signal });
  stop();
  expect(result).toMatchObject({ code: 130, stdout: '', stderr: errorOutput(INTERRUPTION.called) });
});
