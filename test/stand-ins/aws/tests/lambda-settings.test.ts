import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { createPolicy, createZip } from './helpers.js';
import { creation, newInvokeUser, newRole, type Session, startSession } from './session.js';

const VPC = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };
const FunctionName = 'hello';

const attach = (session: Session, name: string) =>
  session.iam.send(
    new AttachRolePolicyCommand({ RoleName: 'execute', PolicyArn: `arn:aws:iam::aws:policy/${name}` }),
  );

async function publishLayer({ lambda }: Session): Promise<string> {
  const Content = { ZipFile: await createZip({ 'nodejs/a.js': '' }) };
  const published = await lambda.send(new PublishLayerVersionCommand({ LayerName: 'layer', Content }));
  return published.LayerVersionArn ?? '';
}

describe('a function', () => {
  test('has layers, which are versions that exist', async () => {
    const session = await startSession();
    await newRole(session);
    const [first, second] = [await publishLayer(session), await publishLayer(session)];
    expect([first, second]).toEqual([expect.stringMatching(/:layer:layer:1$/), expect.stringMatching(/:2$/)]);
    await session.lambda.send(await creation(session, { Layers: [second, first] }));
    const { Configuration } = await session.lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration?.Layers?.map(({ Arn }) => Arn)).toEqual([second, first]);
    const missing = new UpdateFunctionConfigurationCommand({
      FunctionName,
      Layers: [first.replace(/1$/, '3')],
    });
    await expect(session.lambda.send(missing)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(/^Layer version .*:3 does not exist\.$/),
    });
  });

  test('has a log group of its own, if one is named', async () => {
    const session = await startSession();
    await newRole(session);
    const created = await session.lambda.send(
      await creation(session, { LoggingConfig: { LogGroup: '/my/group' } }),
    );
    expect(created.LoggingConfig?.LogGroup).toBe('/my/group');
  });

  test.each<[string, Partial<CreateFunctionCommandInput>, string | undefined, string]>([
    ['less storage', { EphemeralStorage: { Size: 511 } }, undefined, 'greater than or equal to 512'],
    ['more storage', { EphemeralStorage: { Size: 10_241 } }, undefined, 'less than or equal to 10240'],
    ['a subnet with another name', { VpcConfig: { ...VPC, SubnetIds: ['x'] } }, undefined, 'subnet-'],
    [
      'subnets without security groups',
      { VpcConfig: { ...VPC, SecurityGroupIds: [] } },
      undefined,
      'must coexist or be both empty list',
    ],
    ['a VPC without permissions of the role', { VpcConfig: VPC }, undefined, 'CreateNetworkInterface on EC2'],
    [
      'a subnet that does not exist',
      { VpcConfig: { ...VPC, SubnetIds: ['subnet-0'] } },
      'service-role/AWSLambdaVPCAccessExecutionRole',
      "The subnet ID 'subnet-0' does not exist",
    ],
    [
      'tracing without permissions of the role',
      { TracingConfig: { Mode: 'Active' } },
      undefined,
      'PutTraceSegments on XRAY',
    ],
    ['a layer without a version', { Layers: ['arn:aws:lambda:x'] }, undefined, 'regular expression pattern'],
  ])('does not have %s', async (_, changes, policy, message) => {
    const session = await startSession({ lambda: { missingVpcIds: ['subnet-0'] } });
    await newRole(session);
    if (policy !== undefined) await attach(session, policy);
    const refused = session.lambda.send(await creation(session, changes));
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  test('needs permissions of the caller for its VPC and its layers', async () => {
    const session = await startSession();
    await newRole(session);
    await attach(session, 'service-role/AWSLambdaVPCAccessExecutionRole');
    const Layers = [await publishLayer(session)];
    const { lambda } = await newInvokeUser(
      session,
      createPolicy({
        Effect: 'Allow',
        Action: ['lambda:CreateFunction', 'iam:PassRole', 'ec2:DescribeSubnets'],
        Resource: '*',
      }),
    );
    await expect(lambda.send(await creation(session, { VpcConfig: VPC }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('permission to DescribeSecurityGroups for sg-1.'),
    });
    await expect(lambda.send(await creation(session, { Layers }))).rejects.toMatchObject({
      message: expect.stringContaining('not authorized to perform: lambda:GetLayerVersion'),
    });
  });
});
