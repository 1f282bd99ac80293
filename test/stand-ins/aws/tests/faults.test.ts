import { CreateUserCommand, GetUserCommand, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import type { Fault, ObservedRequest } from '../index.js';
import { refusal } from './helpers.js';
import { type Session, startSession } from './session.js';

/** A session whose operations of one name meet a fault, as long as there is one. */
async function sessionWithFault(operation: string, ...faults: Fault[]): Promise<Session> {
  return startSession({
    intercept: (request) => (request.operation === operation ? faults.shift() : undefined),
  });
}

it('shows each request before it acts, and lists them in order', async () => {
  const seen: ObservedRequest[] = [];
  const session = await startSession({
    intercept: async (request) => {
      await Promise.resolve();
      seen.push(request);
      return undefined;
    },
  });
  await session.s3.send(new CreateBucketCommand({ Bucket: 'apps' }));
  await session.s3.send(new PutObjectCommand({ Bucket: 'apps', Key: 'a b', Body: 'hello' }));
  await session.iam.send(new CreateUserCommand({ UserName: 'u' }));
  await session.lambda.send(new ListFunctionsCommand({}));
  expect(seen).toEqual(session.aws.requests);
  expect(
    seen.map(({ index, service, operation, resource }) => [index, service, operation, resource]),
  ).toEqual([
    [0, 's3', 'CreateBucket', 'arn:aws:s3:::apps'],
    [1, 's3', 'PutObject', 'arn:aws:s3:::apps/a b'],
    [2, 'iam', 'CreateUser', 'arn:aws:iam::123456789012:user/u'],
    [3, 'lambda', 'ListFunctions', '*'],
  ]);
  expect(seen[1]).toMatchObject({ bodyBytes: 5, accessKeyId: session.aws.admin.accessKeyId });
});

it('returns errors in the form of each service', async () => {
  const session = await startSession({
    intercept: () => ({
      kind: 'error',
      status: 429,
      code: 'TooManyRequestsException',
      message: 'Rate exceeded',
    }),
  });
  const expected = {
    name: 'TooManyRequestsException',
    message: 'Rate exceeded',
    $metadata: { httpStatusCode: 429 },
  };
  await expect(session.iam.send(new GetUserCommand({}))).rejects.toMatchObject(expected);
  await expect(session.lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject(expected);
  await expect(session.s3.send(new ListBucketsCommand({}))).rejects.toMatchObject(expected);
  await expect(session.s3.send(new HeadBucketCommand({ Bucket: 'x' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 429 },
  });
});

it('breaks the connection before the request acts', async () => {
  const { iam } = await sessionWithFault('CreateUser', { kind: 'resetBefore' });
  await expect(iam.send(new CreateUserCommand({ UserName: 'u' }))).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  expect(await refusal(iam.send(new GetUserCommand({ UserName: 'u' })))).toBe('NoSuchEntityException');
});

it('breaks the connection after the request acted', async () => {
  const { iam } = await sessionWithFault('CreateUser', { kind: 'resetAfter' });
  await expect(iam.send(new CreateUserCommand({ UserName: 'u' }))).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  expect((await iam.send(new GetUserCommand({ UserName: 'u' }))).User?.UserName).toBe('u');
});

it('returns a body that cannot be parsed, after the request acted', async () => {
  const { iam, lambda } = await startSession({
    intercept: ({ operation }) => (operation === 'GetUser' ? undefined : { kind: 'malformed' }),
  });
  expect(await refusal(iam.send(new CreateUserCommand({ UserName: 'u' })))).not.toBe('');
  expect((await iam.send(new GetUserCommand({ UserName: 'u' }))).User?.UserName).toBe('u');
  expect(await refusal(lambda.send(new ListFunctionsCommand({})))).toBe('SyntaxError');
});

it('never responds, or late', async () => {
  const { iam } = await sessionWithFault(
    'CreateUser',
    { kind: 'blackHole' },
    { kind: 'delay', milliseconds: 150 },
  );
  const create = new CreateUserCommand({ UserName: 'u' });
  const abortSignal = AbortSignal.timeout(200);
  expect(await refusal(iam.send(create, { abortSignal }))).toBe('AbortError');
  const started = performance.now();
  await iam.send(create);
  expect(performance.now() - started).toBeGreaterThanOrEqual(145);
  expect((await iam.send(new ListAccessKeysCommand({ UserName: 'u' }))).AccessKeyMetadata).toEqual([]);
});
