import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand, type CreateFunctionCommandInput } from '@aws-sdk/client-lambda';
import { onTestFinished } from 'vitest';
import { type Clients, type Credentials, clientsFor } from '../../../support/aws-clients.js';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../index.js';
import { createZip, LAMBDA_TRUST } from './helpers.js';

export interface Session extends Clients {
  aws: LocalAws;
  roleArn: string;
}

/** A local AWS of its own for one test, with the clients of its administrator. */
export async function startSession(options: LocalAwsOptions = {}): Promise<Session> {
  const aws = await startLocalAws(options);
  const clients = clientsAs(aws, aws.admin);
  onTestFinished(() => aws.stop());
  return { ...clients, aws, roleArn: `arn:aws:iam::${aws.accountId}:role/execute` };
}

export function clientsAs(aws: LocalAws, credentials: Credentials): Clients {
  const clients = clientsFor(aws.endpoint, credentials, aws.region);
  onTestFinished(() => clients.destroy());
  return clients;
}

/** A user `invoke` whose only rights come from the policy `invoke` of its group `invoke`. */
export async function newInvokeUser(
  { aws, iam }: Pick<Session, 'aws' | 'iam'>,
  PolicyDocument: string,
): Promise<Clients & { credentials: Credentials }> {
  const [UserName, GroupName] = ['invoke', 'invoke'];
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'invoke', PolicyDocument }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: Policy?.Arn }));
  const credentials = await newKey(iam, UserName);
  return { ...clientsAs(aws, credentials), credentials };
}

export async function newKey(iam: Clients['iam'], UserName: string): Promise<Credentials> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

export async function newRole({ iam }: Session): Promise<void> {
  await iam.send(new CreateRoleCommand({ RoleName: 'execute', AssumeRolePolicyDocument: LAMBDA_TRUST }));
}

const ECHO = { 'index.js': 'exports.handler = async (event) => ({ echo: event });' };

/** CreateFunction with everything that it needs; `changes` go before. */
export async function creation(
  session: Session,
  changes: Partial<CreateFunctionCommandInput> = {},
  files: Record<string, string> = ECHO,
): Promise<CreateFunctionCommand> {
  return new CreateFunctionCommand({
    FunctionName: 'hello',
    Role: session.roleArn,
    Runtime: 'nodejs20.x',
    Handler: 'index.handler',
    Code: { ZipFile: await createZip(files) },
    ...changes,
  });
}
