import {
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import type { LocalAwsOptions } from '../index.js';
import { createZip, refusal } from './helpers.js';
import { creation, newRole, type Session, startSession } from './session.js';

const FunctionName = 'hello';
const UPDATE = new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 });

async function sessionWithFunction(options: LocalAwsOptions = {}): Promise<Session> {
  const session = await startSession(options);
  await newRole(session);
  await session.lambda.send(await creation(session));
  return session;
}

it.each(['Failed', 'Deactivating', 'Deleting'] as const)(
  'shows that a function is %s, and refuses to update or invoke it',
  async (name) => {
    const { aws, lambda } = await sessionWithFunction();
    aws.function(FunctionName).state = { name, reason: 'so it is', code: 'InternalError' };
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({
      State: name,
      StateReason: 'so it is',
      StateReasonCode: 'InternalError',
    });
    const attempts = [() => lambda.send(UPDATE), () => lambda.send(new InvokeCommand({ FunctionName }))];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        name: 'ResourceConflictException',
        message: `The operation cannot be performed at this time. The function is currently in the following state: ${name}`,
      });
    }
  },
);

it.each(['Deactivated', 'ActiveNonInvocable'] as const)(
  'updates a function that is %s, and refuses to invoke it',
  async (name) => {
    const { aws, lambda } = await sessionWithFunction();
    aws.function(FunctionName).state = { name, reason: 'so it is' };
    expect(await lambda.send(UPDATE)).toMatchObject({ State: name, StateReason: 'so it is', Timeout: 9 });
    expect(await refusal(lambda.send(new InvokeCommand({ FunctionName })))).toBe('ResourceConflictException');
  },
);

it('can create a function again after deleting one that failed', async () => {
  const session = await sessionWithFunction();
  session.aws.function(FunctionName).state = { name: 'Failed', reason: 'so it is' };
  await session.lambda.send(new DeleteFunctionCommand({ FunctionName }));
  expect((await session.lambda.send(await creation(session))).State).toBe('Active');
});

it('makes an inactive function Pending when it is invoked, and Active when it is updated', async () => {
  const { aws, lambda } = await sessionWithFunction({ lambda: { pendingReads: 1 } });
  const state = async () => (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).State;
  await state();
  const idle = { name: 'Inactive', reason: 'The function is idle.', code: 'Idle' } as const;
  aws.function(FunctionName).state = idle;
  expect(await state()).toBe('Inactive');
  await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
    name: 'ResourceNotReadyException',
    $metadata: { httpStatusCode: 502 },
  });
  expect([await state(), await state()]).toEqual(['Pending', 'Active']);
  aws.function(FunctionName).state = idle;
  expect((await lambda.send(UPDATE)).State).toBe('Active');
});

it('accepts an update after one that failed, and is Successful again', async () => {
  const { aws, lambda } = await sessionWithFunction({ lambda: { inProgressReads: 1 } });
  aws.function(FunctionName).updateFailure = { reason: 'so it is', code: 'InternalError' };
  const read = async () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(await read()).toMatchObject({
    State: 'Active',
    LastUpdateStatus: 'Failed',
    LastUpdateStatusReason: 'so it is',
    LastUpdateStatusReasonCode: 'InternalError',
  });
  expect((await lambda.send(UPDATE)).LastUpdateStatus).toBe('InProgress');
  expect([(await read()).LastUpdateStatus, (await read()).LastUpdateStatus]).toEqual([
    'InProgress',
    'Successful',
  ]);
});

it('is Deleting for the configured number of reads, and accepts no change meanwhile', async () => {
  const session = await sessionWithFunction({ lambda: { deletingReads: 2 } });
  const { lambda } = session;
  const read = async () => (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).State;
  const deletion = new DeleteFunctionCommand({ FunctionName });
  expect((await lambda.send(deletion)).$metadata.httpStatusCode).toBe(202);
  const again = await creation(session);
  const attempts = [() => lambda.send(UPDATE), () => lambda.send(deletion), () => lambda.send(again)];
  for (const attempt of attempts) expect(await refusal(attempt())).toBe('ResourceConflictException');
  expect([await read(), await read()]).toEqual(['Deleting', 'Deleting']);
  expect(await refusal(read())).toBe('ResourceNotFoundException');
  expect((await lambda.send(await creation(session))).State).toBe('Active');
});

it('validates a dry run, and changes nothing', async () => {
  const { aws, lambda } = await sessionWithFunction({ lambda: { inProgressReads: 1 } });
  const before = aws.function(FunctionName).live.code.sha256;
  const ZipFile = await createZip({ 'index.js': 'exports.handler = async () => 2;' });
  const dry = { FunctionName, ZipFile, DryRun: true };
  expect((await lambda.send(new UpdateFunctionCodeCommand(dry))).LastUpdateStatus).toBe('Successful');
  expect(aws.function(FunctionName).live.code.sha256).toBe(before);
  const damaged = new UpdateFunctionCodeCommand({ ...dry, ZipFile: Buffer.from('no zip') });
  await expect(lambda.send(damaged)).rejects.toThrow('Could not unzip uploaded file');
  aws.function(FunctionName).live.runtime = 'nodejs12.x';
  await expect(lambda.send(new UpdateFunctionCodeCommand(dry))).rejects.toThrow('nodejs12.x is no longer');
});
