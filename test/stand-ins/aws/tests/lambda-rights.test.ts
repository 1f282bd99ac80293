import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import type { Clients } from '../../../support/aws-clients.js';
import { createPolicy } from './helpers.js';
import { creation, newInvokeUser, newRole, type Session, startSession } from './session.js';

const FunctionName = 'hello';
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:hello';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/6ee8bd5f-0f2e-4a0a-a1a5-d3f4bb7b7b5a';

/** A session with a function, and a user with these permissions. */
async function sessionWithUser(...actions: string[]): Promise<{ session: Session; user: Clients }> {
  const session = await startSession();
  await newRole(session);
  await session.lambda.send(
    await creation(session, { Environment: { Variables: { SECRET: 'x' } }, Tags: { app: 'hello' } }),
  );
  const user = await newInvokeUser(
    session,
    createPolicy({ Effect: 'Allow', Action: actions, Resource: '*' }),
  );
  return { session, user };
}

it('returns tags only with lambda:ListTags, and an error instead without it', async () => {
  const read = new GetFunctionCommand({ FunctionName });
  const allowed = await sessionWithUser('lambda:GetFunction', 'lambda:ListTags');
  expect((await allowed.user.lambda.send(read)).Tags).toEqual({ app: 'hello' });
  const { user } = await sessionWithUser('lambda:GetFunction');
  const { Tags, TagsError } = await user.lambda.send(read);
  expect(Tags).toBeUndefined();
  expect(TagsError).toEqual({
    ErrorCode: 'AccessDeniedException',
    Message: `User: arn:aws:iam::123456789012:user/invoke is not authorized to perform: lambda:ListTags on resource: ${ARN} because no identity-based policy allows the lambda:ListTags action`,
  });
});

it('requires lambda:TagResource to create a function with tags', async () => {
  const { session, user } = await sessionWithUser('lambda:CreateFunction', 'iam:PassRole');
  const tagged = await creation(session, { FunctionName: 'tagged', Tags: { app: 'hello' } });
  await expect(user.lambda.send(tagged)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('lambda:TagResource'),
  });
  const plain = await creation(session, { FunctionName: 'plain', Tags: {} });
  expect((await user.lambda.send(plain)).FunctionName).toBe('plain');
});

it.each<[string, Record<string, string>, string]>([
  ['a key of AWS', { 'aws:cloudformation:stack-name': 's' }, 'InvalidParameterValueException'],
  ['a key of AWS in another case', { 'AWS:x': 's' }, 'InvalidParameterValueException'],
  ['a key of 129', { ['k'.repeat(129)]: 'v' }, 'ValidationException'],
  ['a value of 257', { k: 'v'.repeat(257) }, 'ValidationException'],
  ['a character that is not taken', { 'k!': 'v' }, 'ValidationException'],
  [
    'more than 50',
    Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, ''])),
    'InvalidParameterValueException',
  ],
])('refuses tags with %s, for new and existing functions', async (_, Tags, name) => {
  const { session } = await sessionWithUser('lambda:*');
  const { lambda } = session;
  await expect(lambda.send(new TagResourceCommand({ Resource: ARN, Tags }))).rejects.toMatchObject({ name });
  const creating = await creation(session, { FunctionName: 'other', Tags });
  await expect(lambda.send(creating)).rejects.toMatchObject({ name });
  expect(session.aws.function(FunctionName).tags).toEqual(new Map([['app', 'hello']]));
});

it('accepts 50 tags in addition to those of AWS itself, which cannot be removed', async () => {
  const { session } = await sessionWithUser('lambda:*');
  session.aws.function(FunctionName).tags.set('aws:cloudformation:stack-name', 's');
  const Tags = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`k${n}`, 'v'.repeat(256)]));
  await session.lambda.send(new TagResourceCommand({ Resource: ARN, Tags }));
  expect(session.aws.function(FunctionName).tags.size).toBe(51);
  const TagKeys = ['aws:cloudformation:stack-name'];
  await expect(
    session.lambda.send(new UntagResourceCommand({ Resource: ARN, TagKeys })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
});

it('returns variables encrypted with a key only with kms:Decrypt', async () => {
  const actions = [
    'lambda:GetFunctionConfiguration',
    'lambda:ListFunctions',
    'lambda:UpdateFunctionConfiguration',
  ];
  const { session, user } = await sessionWithUser(...actions);
  await session.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, KMSKeyArn: KEY }));
  const read = new GetFunctionConfigurationCommand({ FunctionName });
  const refused = {
    Error: {
      ErrorCode: 'AccessDeniedException',
      Message: expect.stringContaining(`is not authorized to perform: kms:Decrypt on resource: ${KEY}`),
    },
  };
  const { Environment, KMSKeyArn } = await user.lambda.send(read);
  expect([Environment, KMSKeyArn]).toEqual([refused, KEY]);
  const { Functions } = await user.lambda.send(new ListFunctionsCommand({}));
  expect(Functions?.[0]?.Environment).toEqual(refused);
  const update = new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 });
  expect((await user.lambda.send(update)).Environment).toEqual(refused);
  const variables = { Variables: { SECRET: 'x' } };
  expect((await session.lambda.send(read)).Environment).toEqual(variables);
  const reader = await sessionWithUser('lambda:GetFunctionConfiguration', 'kms:Decrypt');
  reader.session.aws.function(FunctionName).kmsKeyArn = KEY;
  expect((await reader.user.lambda.send(read)).Environment).toEqual(variables);
});

it('returns a set environment error instead of variables until they are updated', async () => {
  const { session } = await sessionWithUser('lambda:*');
  const { aws, lambda } = session;
  const environmentError = { code: 'KMSDisabledException', message: 'The key is disabled.' };
  aws.function(FunctionName).environmentError = environmentError;
  const read = async () =>
    (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).Environment;
  expect(await read()).toEqual({
    Error: { ErrorCode: 'KMSDisabledException', Message: 'The key is disabled.' },
  });
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
  expect(await read()).toHaveProperty('Error');
  const Environment = { Variables: { NEW: 'x' } };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
  expect(await read()).toEqual(Environment);
});
