import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import type { TestEnvironment } from './environment.js';

/** Creates a user who has this policy alone; returns the variables with which appsctl works as that user. */
export async function createUserWith(
  { clients }: TestEnvironment,
  document: object,
): Promise<Record<string, string>> {
  const { iam } = clients;
  const UserName = 'deployer';
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify(document);
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'permissions', PolicyDocument }));
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: Policy?.Arn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    MM_APPS_DEPLOY_AWS_ACCESS_KEY: AccessKey?.AccessKeyId ?? '',
    MM_APPS_DEPLOY_AWS_SECRET_KEY: AccessKey?.SecretAccessKey ?? '',
  };
}
