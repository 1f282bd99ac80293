import {
  type Architecture,
  GetFunctionCommand,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { createZip } from './helpers.js';
import { creation, newRole, type Session, startSession } from './session.js';

const FunctionName = 'hello';

async function sessionWithRuntime(runtime: string, today?: string): Promise<Session> {
  const session = await startSession(today === undefined ? {} : { lambda: { today } });
  await newRole(session);
  await session.lambda.send(await creation(session, { Runtime: 'provided.al2023' }));
  session.aws.function(FunctionName).live.runtime = runtime;
  return session;
}

function configure(changes: object): UpdateFunctionConfigurationCommand {
  return new UpdateFunctionConfigurationCommand({ FunctionName, ...changes });
}

async function coding(changes: object = {}): Promise<UpdateFunctionCodeCommand> {
  return new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await createZip({ a: 'b' }), ...changes });
}

function blocked(runtime: string) {
  return {
    name: 'InvalidParameterValueException',
    message: expect.stringContaining(`The runtime parameter of ${runtime} is no longer supported`),
  };
}

it.each(['java8.al2023', 'java11.al2023', 'java17.al2023', 'nodejs26.x', 'python3.15', 'dotnet8'])(
  'creates functions with %s',
  async (Runtime) => {
    const session = await startSession();
    await newRole(session);
    const created = await session.lambda.send(await creation(session, { Runtime: Runtime as Runtime }));
    expect(created.Runtime).toBe(Runtime);
  },
);

it.each(['dotnet7', 'dotnet5.0', 'custom'])('does not accept the runtime %s', async (Runtime) => {
  const session = await startSession();
  await newRole(session);
  const creating = session.lambda.send(await creation(session, { Runtime: Runtime as Runtime }));
  await expect(creating).rejects.toThrow('enum value set');
});

it('validates UpdateFunctionCode against the runtime that the function has', async () => {
  const { lambda } = await sessionWithRuntime('nodejs12.x');
  await expect(lambda.send(await coding())).rejects.toMatchObject(blocked('nodejs12.x'));
  expect((await lambda.send(configure({ Timeout: 9 }))).Runtime).toBe('nodejs12.x');
  await expect(lambda.send(configure({ Runtime: 'nodejs12.x' }))).rejects.toMatchObject(
    blocked('nodejs12.x'),
  );
  await lambda.send(configure({ Runtime: 'nodejs22.x' }));
  expect((await lambda.send(await coding())).Runtime).toBe('nodejs22.x');
});

it('lets a function keep a runtime that is blocked for new functions until updates are blocked', async () => {
  const { lambda } = await sessionWithRuntime('go1.x');
  await lambda.send(await coding());
  expect((await lambda.send(configure({ Runtime: 'go1.x', Timeout: 9 }))).Timeout).toBe(9);
  await expect(lambda.send(configure({ Runtime: 'java8' }))).rejects.toMatchObject(blocked('java8'));

  const later = await sessionWithRuntime('go1.x', '2027-03-03');
  await expect(later.lambda.send(await coding())).rejects.toMatchObject(blocked('go1.x'));
  await expect(later.lambda.send(configure({ Runtime: 'go1.x' }))).rejects.toMatchObject(blocked('go1.x'));
});

it.each([
  ['2027-01-31', 'nodejs20.x', true],
  ['2027-02-01', 'nodejs20.x', false],
  ['2027-02-01', 'nodejs22.x', true],
])('on %s, creates a function with %s: %s', async (today, Runtime, allowed) => {
  const session = await startSession({ lambda: { today } });
  await newRole(session);
  const creating = session.lambda.send(await creation(session, { Runtime: Runtime as Runtime }));
  if (allowed) expect((await creating).Runtime).toBe(Runtime);
  else await expect(creating).rejects.toMatchObject(blocked(Runtime));
});

it.each(['go1.x', 'java8', 'provided', 'python3.7'])('does not support arm64 with %s', async (runtime) => {
  const { lambda, aws } = await sessionWithRuntime(runtime);
  const refused = {
    name: 'InvalidParameterValueException',
    message: `Runtime ${runtime} does not support the following architectures [arm64]`,
  };
  const change = await coding({ Architectures: ['arm64'] satisfies Architecture[] });
  await expect(lambda.send(change)).rejects.toMatchObject(refused);
  aws.function(FunctionName).architecture = 'arm64';
  await expect(lambda.send(configure({ Runtime: runtime }))).rejects.toMatchObject(refused);
});

it('changes the architecture with the code, if the runtime supports it', async () => {
  const { lambda } = await sessionWithRuntime('go1.x');
  await lambda.send(configure({ Runtime: 'provided.al2023', Handler: 'bootstrap' }));
  await lambda.send(await coding({ Architectures: ['arm64'] }));
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  expect(Configuration).toMatchObject({ Runtime: 'provided.al2023', Architectures: ['arm64'] });
});

it('shows and updates a function with the runtime custom', async () => {
  const { lambda } = await sessionWithRuntime('custom');
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  expect(Configuration?.Runtime).toBe('custom');
  expect((await lambda.send(await coding())).Runtime).toBe('custom');
});
