import { createHash } from 'node:crypto';
import { AttachRolePolicyCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createZip, LAMBDA_TRUST, refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { allPages, freshName } from './target.js';

const CODE = { 'index.js': 'exports.handler = async () => ({ ok: true });' };

export function lambdaContract(clients: () => Clients): void {
  async function newRole(): Promise<string> {
    const { Role } = await clients().iam.send(
      new CreateRoleCommand({ RoleName: freshName('role'), AssumeRolePolicyDocument: LAMBDA_TRUST }),
    );
    return Role?.Arn ?? '';
  }

  async function creation(name: string, role?: string): Promise<CreateFunctionCommand> {
    return new CreateFunctionCommand({
      FunctionName: name,
      Role: role ?? (await newRole()),
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Code: { ZipFile: await createZip(CODE) },
    });
  }

  it('creates a function and returns what it stored', async () => {
    const { lambda } = clients();
    const FunctionName = freshName('hello_v1-2-0');
    expect(await refusal(lambda.send(new GetFunctionCommand({ FunctionName })))).toBe(
      'ResourceNotFoundException',
    );
    const Role = await newRole();
    const zip = await createZip(CODE);
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: zip },
        Environment: { Variables: { GREETING: 'hello' } },
        Tags: { app: 'hello' },
      }),
    );
    const expected = {
      FunctionName,
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      CodeSha256: createHash('sha256').update(zip).digest('base64'),
      CodeSize: zip.length,
      Timeout: 3,
      MemorySize: 128,
      Version: '$LATEST',
      PackageType: 'Zip',
      Architectures: ['x86_64'],
      TracingConfig: { Mode: 'PassThrough' },
      Environment: { Variables: { GREETING: 'hello' } },
    };
    expect(created).toMatchObject(expected);
    expect(created.FunctionArn).toMatch(
      new RegExp(`^arn:aws:lambda:us-east-1:\\d{12}:function:${FunctionName}$`),
    );
    const read = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(read.Configuration).toMatchObject({
      ...expected,
      State: 'Active',
      LastUpdateStatus: 'Successful',
    });
    expect(read.Tags).toEqual({ app: 'hello' });
    const configuration = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: created.FunctionArn }),
    );
    expect(configuration).toMatchObject(expected);
  });

  it('creates a function of a name once, and deletes it once', async () => {
    const { lambda } = clients();
    const FunctionName = freshName('function');
    await lambda.send(await creation(FunctionName));
    expect(await refusal(lambda.send(await creation(FunctionName)))).toBe('ResourceConflictException');
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    expect(await refusal(lambda.send(new DeleteFunctionCommand({ FunctionName })))).toBe(
      'ResourceNotFoundException',
    );
  });

  it('refuses a role that does not exist', async () => {
    const role = (await newRole()).replace(/[^/]+$/, freshName('missing'));
    await expect(clients().lambda.send(await creation(freshName('function'), role))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    });
  });

  it('updates code and configuration apart from each other', async () => {
    const { lambda } = clients();
    const FunctionName = freshName('function');
    const before = await lambda.send(await creation(FunctionName));
    const ZipFile = await createZip({ 'index.js': 'exports.handler = async () => 2;' });
    const coded = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    expect(coded.CodeSha256).toBe(createHash('sha256').update(ZipFile).digest('base64'));
    expect(coded.CodeSha256).not.toBe(before.CodeSha256);
    expect(coded.Timeout).toBe(3);

    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Timeout: 30,
        MemorySize: 512,
        Handler: 'main.handler',
        Runtime: 'nodejs22.x',
        Environment: { Variables: { MODE: 'on' } },
      }),
    );
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({
      Timeout: 30,
      MemorySize: 512,
      Handler: 'main.handler',
      Runtime: 'nodejs22.x',
      Environment: { Variables: { MODE: 'on' } },
      CodeSha256: coded.CodeSha256 ?? '',
    });
    const missing = freshName('missing');
    expect(
      await refusal(lambda.send(new UpdateFunctionCodeCommand({ FunctionName: missing, ZipFile }))),
    ).toBe('ResourceNotFoundException');
    const configuring = new UpdateFunctionConfigurationCommand({ FunctionName: missing, Timeout: 5 });
    expect(await refusal(lambda.send(configuring))).toBe('ResourceNotFoundException');
  });

  it('has ephemeral storage, a VPC and tracing', async () => {
    const { iam, lambda } = clients();
    const Role = await newRole();
    const RoleName = Role.slice(Role.lastIndexOf('/') + 1);
    for (const name of ['service-role/AWSLambdaVPCAccessExecutionRole', 'AWSXRayDaemonWriteAccess']) {
      const PolicyArn = `arn:aws:iam::aws:policy/${name}`;
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    const FunctionName = freshName('function');
    const creating = await creation(FunctionName, Role);
    Object.assign(creating.input, {
      EphemeralStorage: { Size: 1024 },
      VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
      TracingConfig: { Mode: 'Active' },
    });
    await lambda.send(creating);
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({
      EphemeralStorage: { Size: 1024 },
      VpcConfig: {
        SubnetIds: ['subnet-1'],
        SecurityGroupIds: ['sg-1'],
        VpcId: expect.stringMatching(/^vpc-/),
      },
      TracingConfig: { Mode: 'Active' },
    });
    const { VpcConfig } = await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      }),
    );
    expect(VpcConfig?.SubnetIds ?? []).toEqual([]);
  });

  it('takes code from S3', async () => {
    const { lambda, s3 } = clients();
    const Bucket = freshName('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const zip = await createZip(CODE);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'code.zip', Body: zip }));
    const create = async (S3Bucket: string, S3Key: string) =>
      lambda.send(
        new CreateFunctionCommand({
          FunctionName: freshName('function'),
          Role: await newRole(),
          Runtime: 'nodejs20.x',
          Handler: 'index.handler',
          Code: { S3Bucket, S3Key },
        }),
      );
    const created = await create(Bucket, 'code.zip');
    expect(created.CodeSha256).toBe(createHash('sha256').update(zip).digest('base64'));
  });

  it('lists functions in pages', async () => {
    const { lambda } = clients();
    const role = await newRole();
    const names = Array.from({ length: 5 }, () => freshName('listed'));
    for (const name of names) await lambda.send(await creation(name, role));
    const { items } = await allPages(async (Marker) => {
      const page = await lambda.send(new ListFunctionsCommand({ Marker, MaxItems: 2 }));
      return { items: page.Functions, next: page.NextMarker };
    });
    const listed = items.map((configuration) => configuration.FunctionName);
    expect(listed).toEqual(expect.arrayContaining(names));
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('tags a function', async () => {
    const { lambda } = clients();
    const { FunctionArn: Resource } = await lambda.send(await creation(freshName('function')));
    await lambda.send(new TagResourceCommand({ Resource, Tags: { app: 'hello', version: '1.0' } }));
    await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['version'] }));
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ app: 'hello' });
  });
}
