import { existsSync } from 'node:fs';
import { InvokeCommand, type InvokeCommandInput, type InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { clientsFor } from '../../../support/aws-clients.js';
import { startLocalAws } from '../index.js';
import { refusal } from './helpers.js';
import { creation, newRole, type Session, startSession } from './session.js';

type Creation = Parameters<typeof creation>[1];

async function sessionWith(files: Record<string, string>, changes: Creation = {}): Promise<Session> {
  const session = await startSession();
  await newRole(session);
  await session.lambda.send(await creation(session, changes, files));
  return session;
}

function invoke(
  session: Session,
  event: unknown,
  input: Partial<InvokeCommandInput> = {},
): Promise<InvokeCommandOutput> {
  const Payload = Buffer.from(JSON.stringify(event));
  return session.lambda.send(new InvokeCommand({ FunctionName: 'hello', Payload, ...input }));
}

function resultOf(output: InvokeCommandOutput): unknown {
  return JSON.parse(output.Payload?.transformToString() ?? '');
}

const PACKAGE = JSON.stringify({ type: 'module' });
const SYNC = 'exports.handler = (event, context, callback) => callback(null, { echo: event });';

it.each<[string, string, Record<string, string>]>([
  ['CommonJS', 'index.handler', { 'index.js': 'exports.handler = async (event) => ({ echo: event });' }],
  [
    'an .mjs file',
    'index.handler',
    { 'index.mjs': 'export const handler = async (event) => ({ echo: event });' },
  ],
  [
    'a .cjs file',
    'index.handler',
    { 'index.cjs': 'module.exports = { handler: async (event) => ({ echo: event }) };' },
  ],
  ['a folder', 'src/main.run', { 'src/main.js': 'exports.run = async (event) => ({ echo: event });' }],
  [
    'a nested name',
    'index.api.run',
    { 'index.js': 'exports.api = { run: async (event) => ({ echo: event }) };' },
  ],
  ['a callback', 'index.handler', { 'index.js': SYNC }],
  [
    'an ES module by its package',
    'index.handler',
    { 'package.json': PACKAGE, 'index.js': 'export const handler = async (event) => ({ echo: event });' },
  ],
  [
    'a module beside it',
    'index.handler',
    {
      'index.js': 'exports.handler = require("./lib/echo");',
      'lib/echo.js': 'module.exports = async (event) => ({ echo: event });',
    },
  ],
])('runs a handler in %s', async (_, Handler, files) => {
  const session = await sessionWith(files, { Handler });
  const event = { path: '/ping', text: 'ü 日本 \n' };
  expect(resultOf(await invoke(session, event))).toEqual({ echo: event });
});

it('gives the function its own surroundings and nothing of this process', async () => {
  const session = await sessionWith(
    {
      'index.js': `exports.handler = async (event, context) => ({
        environment: process.env,
        folder: process.cwd(),
        name: context.functionName,
        arn: context.invokedFunctionArn,
        left: context.getRemainingTimeInMillis(),
      });`,
    },
    { Environment: { Variables: { GREETING: 'hello' } }, Timeout: 10 },
  );
  const result = resultOf(await invoke(session, {})) as Record<string, unknown>;
  const environment = result['environment'] as Record<string, string>;
  expect(environment).toMatchObject({
    GREETING: 'hello',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'hello',
    LAMBDA_TASK_ROOT: result['folder'],
  });
  expect(
    Object.keys(environment).filter((name) => /HOME|VITEST|NODE_OPTIONS|SECRET|ACCESS_KEY/.test(name)),
  ).toEqual([]);
  expect(result['name']).toBe('hello');
  expect(result['arn']).toBe('arn:aws:lambda:us-east-1:123456789012:function:hello');
  expect(result['left']).toBeGreaterThan(5000);
});

it('separates what is printed from the result, and returns the end of the log', async () => {
  const session = await sessionWith({
    'index.js':
      'exports.handler = async () => { console.log("to stdout"); console.error("to stderr"); return "done"; };',
  });
  const output = await invoke(session, {}, { LogType: 'Tail' });
  expect(resultOf(output)).toBe('done');
  const log = Buffer.from(output.LogResult ?? '', 'base64').toString();
  expect(log).toMatch(/^START RequestId: /);
  expect(log).toContain('to stdout\n');
  expect(log).toContain('to stderr\n');
  expect((await invoke(session, {})).LogResult).toBeUndefined();
});

it.each<[string, string, unknown]>([
  ['throws', 'throw new TypeError("no luck")', { errorType: 'TypeError', errorMessage: 'no luck' }],
  ['rejects', 'await Promise.reject(new Error("later"))', { errorType: 'Error', errorMessage: 'later' }],
  [
    'exits',
    'process.exit(3)',
    { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') },
  ],
  [
    'returns too much',
    'return "x".repeat(6_300_000)',
    { errorType: 'Function.ResponseSizeTooLarge', errorMessage: expect.stringContaining('6291556 bytes') },
  ],
])('reports a handler that %s', async (_, body, expected) => {
  const session = await sessionWith({ 'index.js': `exports.handler = async () => { ${body}; };` });
  const output = await invoke(session, {});
  expect([output.StatusCode, output.FunctionError]).toEqual([200, 'Unhandled']);
  expect(resultOf(output)).toMatchObject(expected as object);
});

it.each<[string, string, string]>([
  ['no such file', 'missing.handler', 'Runtime.ImportModuleError'],
  ['no such name', 'index.missing', 'Runtime.HandlerNotFound'],
  ['a missing module', 'needs.handler', 'Runtime.ImportModuleError'],
  ['a syntax error', 'broken.handler', 'Runtime.UserCodeSyntaxError'],
])('reports %s', async (_, Handler, errorType) => {
  const session = await sessionWith(
    {
      'index.js': 'exports.handler = 1;',
      'needs.js': 'require("nothing-of-the-kind")',
      'broken.js': 'exports.= 1',
    },
    { Handler },
  );
  const output = await invoke(session, {});
  expect(output.FunctionError).toBe('Unhandled');
  expect(resultOf(output)).toMatchObject({ errorType });
});

it('ends a function at its timeout', async () => {
  const session = await sessionWith(
    { 'index.js': 'exports.handler = () => new Promise((resolve) => setTimeout(resolve, 60_000));' },
    { Timeout: 1 },
  );
  const output = await invoke(session, {});
  expect([output.StatusCode, output.FunctionError]).toEqual([200, 'Unhandled']);
  expect(resultOf(output)).toMatchObject({
    errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 1\.00 seconds$/),
  });
});

it('returns null if a handler neither returns a promise nor calls back', async () => {
  const session = await sessionWith({ 'index.js': 'exports.handler = () => "lost";' });
  expect(resultOf(await invoke(session, {}))).toBeNull();
});

it('has no callbacks any more in nodejs24.x', async () => {
  const session = await sessionWith({ 'index.js': SYNC }, { Runtime: 'nodejs24.x' });
  expect(resultOf(await invoke(session, {}))).toMatchObject({
    errorType: 'Runtime.CallbackHandlerDeprecated',
  });
});

it('takes an event, a dry run and no payload; refuses what is not JSON, and other runtimes', async () => {
  const session = await sessionWith({ 'index.js': 'exports.handler = async (event) => event;' });
  expect((await invoke(session, {}, { InvocationType: 'Event' })).StatusCode).toBe(202);
  expect((await invoke(session, {}, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
  expect(resultOf(await session.lambda.send(new InvokeCommand({ FunctionName: 'hello' })))).toEqual({});
  expect(await refusal(invoke(session, {}, { Payload: Buffer.from('{') }))).toBe(
    'InvalidRequestContentException',
  );
  expect(await refusal(invoke(session, 'x'.repeat(6_291_456)))).toBe('RequestEntityTooLargeException');
  await session.lambda.send(await creation(session, { FunctionName: 'snake', Runtime: 'python3.12' }));
  expect(await refusal(invoke(session, {}, { FunctionName: 'snake' }))).toBe('InvalidRuntimeException');
});

it('runs several concurrently, and leaves neither process nor folder behind when it stops', async () => {
  const aws = await startLocalAws();
  const clients = clientsFor(aws.endpoint, aws.admin);
  const session = { ...clients, aws, roleArn: `arn:aws:iam::${aws.accountId}:role/execute` };
  await newRole(session);
  const code =
    'exports.handler = async (wait) => { await new Promise((r) => setTimeout(r, wait)); return [process.pid, __dirname]; };';
  await session.lambda.send(await creation(session, { Timeout: 60 }, { 'index.js': code }));
  const results = (await Promise.all([invoke(session, 50), invoke(session, 50)])).map(resultOf) as [
    number,
    string,
  ][];
  expect(new Set(results.map(([pid]) => pid)).size).toBe(2);
  const folder = results[0]?.[1] ?? '';
  expect(existsSync(folder)).toBe(true);

  const hanging = refusal(invoke(session, 50_000));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await aws.stop();
  expect(await hanging).not.toBe('');
  expect(existsSync(folder)).toBe(false);
  clients.destroy();
});
