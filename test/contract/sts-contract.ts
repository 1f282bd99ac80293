import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it, onTestFinished } from 'vitest';
import { createPolicy } from '../stand-ins/aws/tests/helpers.js';
import type { Credentials } from '../support/aws-clients.js';
import { freshName, type Target } from './target.js';

const ALLOW = createPolicy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });

export function stsContract(target: () => Target): void {
  it('gives a user who assumes a role a session, as which it then calls', async () => {
    const { clients, aws } = target();
    const { iam } = clients;
    const stsAs = (credentials: Credentials): STSClient => {
      const sts = new STSClient({ endpoint: aws.endpoint, region: aws.region, credentials });
      onTestFinished(() => sts.destroy());
      return sts;
    };
    const [UserName, RoleName] = [freshName('user'), freshName('role')];
    const { User } = await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'assume', PolicyDocument: ALLOW }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const trust = createPolicy({
      ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
      Principal: { AWS: User?.Arn?.replace(/user\/.*/, 'root') },
    });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    const sts = stsAs({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    });
    const command = new AssumeRoleCommand({
      RoleArn: Role?.Arn,
      RoleSessionName: 'me',
      DurationSeconds: 900,
    });
    const { Credentials: key, AssumedRoleUser } = await sts.send(command);
    const arn = Role?.Arn?.replace(':iam:', ':sts:').replace(/role\/.*/, `assumed-role/${RoleName}/me`);
    expect(AssumedRoleUser?.Arn).toBe(arn);
    expect(key?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect((key?.Expiration?.getTime() ?? 0) > Date.now()).toBe(true);
    const session = stsAs({
      accessKeyId: key?.AccessKeyId ?? '',
      secretAccessKey: key?.SecretAccessKey ?? '',
      sessionToken: key?.SessionToken ?? '',
    });
    const { Arn, UserId } = await session.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(arn);
    expect(UserId).toMatch(/^AROA\w+:me$/);
  });
}
