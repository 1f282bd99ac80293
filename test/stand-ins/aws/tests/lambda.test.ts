import { CreateRoleCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListFunctionsCommand,
  PublishVersionCommand,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createZip, LAMBDA_TRUST, refusal } from './helpers.js';
import { creation, newRole, startSession } from './session.js';

const FunctionName = 'hello';

it.each<[string, string, Partial<CreateFunctionCommandInput>, string]>([
  ['a name with a dot', 'ValidationException', { FunctionName: 'hello.world' }, "'functionName'"],
  ['a name of 65', 'ValidationException', { FunctionName: 'f'.repeat(65) }, 'less than or equal to 64'],
  ['a handler of 129', 'ValidationException', { Handler: 'h'.repeat(129) }, 'less than or equal to 128'],
  ['a timeout of 901', 'ValidationException', { Timeout: 901 }, 'less than or equal to 900'],
  ['a timeout of 0', 'ValidationException', { Timeout: 0 }, 'greater than or equal to 1'],
  ['127 MB', 'ValidationException', { MemorySize: 127 }, 'greater than or equal to 128'],
  ['10241 MB', 'ValidationException', { MemorySize: 10241 }, 'less than or equal to 10240'],
  [
    'go1.x',
    'InvalidParameterValueException',
    { Runtime: 'go1.x' },
    'parameter of go1.x is no longer supported',
  ],
  ['nodejs14.x', 'InvalidParameterValueException', { Runtime: 'nodejs14.x' }, 'no longer supported'],
  ['an unknown runtime', 'InvalidParameterValueException', { Runtime: 'cobol' as Runtime }, 'enum value set'],
  [
    'no zip',
    'InvalidParameterValueException',
    { Code: { ZipFile: Buffer.from('no') } },
    'Could not unzip uploaded file',
  ],
  [
    'nothing at all',
    'InvalidParameterValueException',
    { Code: { ZipFile: Buffer.alloc(0) } },
    'Could not unzip',
  ],
  ['a role that is not an ARN', 'ValidationException', { Role: 'execute' }, "'role'"],
  [
    'an environment over 4 KB',
    'InvalidParameterValueException',
    { Environment: { Variables: { BIG: 'x'.repeat(4096) } } },
    'exceeded the 4KB limit',
  ],
  [
    'a reserved variable',
    'InvalidParameterValueException',
    { Environment: { Variables: { AWS_REGION: 'x' } } },
    'Reserved keys used in this request: AWS_REGION',
  ],
  [
    'what it does not carry out',
    'NotImplemented',
    { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:123456789012:queue' } },
    'DeadLetterConfig of CreateFunction',
  ],
])('refuses %s', async (_, name, changes, message) => {
  const session = await startSession();
  await newRole(session);
  const refused = session.lambda.send(await creation(session, changes));
  await expect(refused).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});

it('refuses a zip that is damaged, empty, leaves its folder or is too large uncompressed', async () => {
  const session = await startSession();
  await newRole(session);
  const good = Buffer.from(await createZip({ 'index.js': 'exports.handler = async () => 1;'.repeat(50) }));
  const damaged = Buffer.from(good);
  damaged.fill(0xff, 45, 60);
  // The checksum and the uncompressed size in the central directory, which are the ones that count.
  const directory = good.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  const huge = Buffer.from(good);
  huge.writeUInt32LE(262_144_001, directory + 24);
  const outside = Buffer.from(await createZip({ 'aa/x.js': 'x' }));
  for (let at = outside.indexOf('aa/x.js'); at >= 0; at = outside.indexOf('aa/x.js'))
    outside.write('../', at);
  const wrongCrc = Buffer.from(good);
  const crcAt = directory + 16;
  wrongCrc.writeUInt32LE((wrongCrc.readUInt32LE(crcAt) ^ 1) >>> 0, crcAt);
  const cases: [Buffer, string][] = [
    [wrongCrc, 'Could not unzip'],
    [damaged, 'Could not unzip'],
    [good.subarray(0, good.length - 30), 'Could not unzip'],
    [outside, 'Could not unzip'],
    [Buffer.from(await createZip({})), 'non-empty zip'],
    [huge, 'Unzipped size must be smaller than 262144000 bytes'],
  ];
  for (const [ZipFile, message] of cases) {
    await expect(session.lambda.send(await creation(session, { Code: { ZipFile } }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining(message),
    });
  }
});

it('takes 50 MB in a request and no byte more, but through S3', async () => {
  const session = await startSession();
  await newRole(session);
  const limit = 50 * 1024 * 1024;
  const ZipFile = Buffer.alloc(limit + 1);
  await expect(session.lambda.send(await creation(session, { Code: { ZipFile } }))).rejects.toMatchObject({
    name: 'RequestEntityTooLargeException',
    $metadata: { httpStatusCode: 413 },
  });
  await session.s3.send(new CreateBucketCommand({ Bucket: 'apps' }));
  const Body = await createZip({ 'index.js': 'exports.handler = async () => 1;' });
  await session.s3.send(new PutObjectCommand({ Bucket: 'apps', Key: 'code.zip', Body }));
  const through = (S3Bucket: string, S3Key: string) => creation(session, { Code: { S3Bucket, S3Key } });
  await expect(session.lambda.send(await through('apps', 'none.zip'))).rejects.toThrow(
    'S3 Error Code: NoSuchKey',
  );
  await expect(session.lambda.send(await through('none', 'code.zip'))).rejects.toThrow(
    'S3 Error Code: NoSuchBucket',
  );
  expect((await session.lambda.send(await through('apps', 'code.zip'))).CodeSize).toBe(Body.length);
}, 60_000);

it('is Pending for the configured number of reads, and accepts neither updates nor invocations meanwhile', async () => {
  const session = await startSession({ lambda: { pendingReads: 2 } });
  const { lambda } = session;
  await newRole(session);
  expect((await lambda.send(await creation(session))).State).toBe('Pending');
  const update = new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 });
  await expect(lambda.send(update)).rejects.toMatchObject({
    name: 'ResourceConflictException',
    message:
      'The operation cannot be performed at this time. The function is currently in the following state: Pending',
    $metadata: { httpStatusCode: 409 },
  });
  expect(await refusal(lambda.send(new InvokeCommand({ FunctionName })))).toBe('ResourceConflictException');
  const states: unknown[] = [];
  states.push((await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.State);
  states.push((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).State);
  states.push((await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.State);
  expect(states).toEqual(['Pending', 'Pending', 'Active']);
  expect((await lambda.send(update)).Timeout).toBe(9);
});

it('is InProgress after an update, runs the old code meanwhile and takes no other update', async () => {
  const session = await startSession({ lambda: { inProgressReads: 1 } });
  const { lambda } = session;
  await newRole(session);
  await lambda.send(await creation(session, {}, { 'index.js': 'exports.handler = async () => "old";' }));
  const ZipFile = await createZip({ 'index.js': 'exports.handler = async () => "new";' });
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  expect([updated.State, updated.LastUpdateStatus]).toEqual(['Active', 'InProgress']);
  const update = new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 });
  await expect(lambda.send(update)).rejects.toMatchObject({
    name: 'ResourceConflictException',
    message: expect.stringContaining(`An update is in progress for resource: ${updated.FunctionArn}`),
  });
  const invoke = async () =>
    (await lambda.send(new InvokeCommand({ FunctionName }))).Payload?.transformToString();
  expect(await invoke()).toBe('"old"');
  const read = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(read.LastUpdateStatus).toBe('InProgress');
  expect(await invoke()).toBe('"new"');
  expect((await lambda.send(update)).LastUpdateStatus).toBe('InProgress');
});

it('cannot assume a new role at first, and a role that does not trust Lambda never', async () => {
  const session = await startSession({ lambda: { roleRefusals: 2 } });
  await newRole(session);
  const create = await creation(session);
  const refused = {
    name: 'InvalidParameterValueException',
    message: 'The role defined for the function cannot be assumed by Lambda.',
  };
  await expect(session.lambda.send(create)).rejects.toMatchObject(refused);
  await expect(session.lambda.send(create)).rejects.toMatchObject(refused);
  expect((await session.lambda.send(create)).State).toBe('Active');

  const RoleName = 'wrong';
  const trust = LAMBDA_TRUST.replace('lambda.', 'ec2.');
  const { Role } = await session.iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }),
  );
  const wrong = await creation(session, { FunctionName: 'wrong', Role: Role?.Arn });
  for (let n = 0; n < 4; n++) await expect(session.lambda.send(wrong)).rejects.toMatchObject(refused);
  await session.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: LAMBDA_TRUST }));
  const outcomes: string[] = [];
  for (let n = 0; n < 2; n++) outcomes.push(await refusal(session.lambda.send(wrong)));
  expect((await session.lambda.send(wrong)).FunctionName).toBe('wrong');
  expect(outcomes).toEqual(['InvalidParameterValueException', 'InvalidParameterValueException']);
});

it('compares revisions, and says which function it does not find and what it cannot do', async () => {
  const session = await startSession();
  const { lambda } = session;
  await newRole(session);
  const { RevisionId } = await lambda.send(await creation(session));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, RevisionId, Timeout: 9 }));
  const stale = new UpdateFunctionConfigurationCommand({ FunctionName, RevisionId, Timeout: 9 });
  expect(await refusal(lambda.send(stale))).toBe('PreconditionFailedException');
  await expect(lambda.send(await creation(session))).rejects.toMatchObject({
    name: 'ResourceConflictException',
    message: 'Function already exist: hello',
  });
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:us-east-1:123456789012:function:hello',
  });
  await expect(lambda.send(new PublishVersionCommand({ FunctionName }))).rejects.toMatchObject({
    name: 'NotImplemented',
    $metadata: { httpStatusCode: 501 },
  });
});

it('shows the state of a function alone, not in a list', async () => {
  const session = await startSession();
  const { lambda } = session;
  await newRole(session);
  await lambda.send(await creation(session));
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  expect(Configuration).toMatchObject({ State: 'Active', LastUpdateStatus: 'Successful', MemorySize: 128 });
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  expect(Functions).toMatchObject([{ FunctionName, MemorySize: 128 }]);
  expect(Object.keys(Functions[0] ?? {}).filter((field) => /^(?:State|LastUpdate)/.test(field))).toEqual([]);
});
