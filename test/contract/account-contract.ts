import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { createPolicy, LAMBDA_TRUST } from '../stand-ins/aws/tests/helpers.js';
import { query, type Signer } from '../stand-ins/aws/tests/wire.js';
import type { Clients } from '../support/aws-clients.js';
import { freshName } from './target.js';

const ALLOW_LOGS = createPolicy({ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' });

export function accountContract(clients: () => Clients): void {
  it('summarizes usage and quotas', async () => {
    const { iam } = clients();
    const summary = async () => (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap ?? {};
    const before = await summary();
    expect(before).toMatchObject({
      PolicySizeQuota: 6144,
      VersionsPerPolicyQuota: 5,
      AttachedPoliciesPerGroupQuota: 10,
      AccessKeysPerUserQuota: 2,
      GroupsPerUserQuota: 10,
    });
    await iam.send(new CreateUserCommand({ UserName: freshName('user') }));
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: freshName('policy'), PolicyDocument: ALLOW_LOGS }),
    );
    const after = await summary();
    expect(after['Users']).toBe((before['Users'] ?? 0) + 1);
    expect(after['Policies']).toBe((before['Policies'] ?? 0) + 1);
    await iam.send(new DeletePolicyCommand({ PolicyArn: Policy?.Arn }));
  });

  it('identifies the owner of an access key', async () => {
    const { iam } = clients();
    const UserName = freshName('user');
    const { User } = await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const { protocol, hostname, port } = (await iam.config.endpoint?.()) ?? {};
    const signer: Signer = {
      endpoint: `${protocol}//${hostname}:${port}`,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
      service: 'sts',
    };
    const { status, body } = await query(signer, 'GetCallerIdentity', '2011-06-15');
    expect(status).toBe(200);
    expect(body).toContain(`<Arn>${User?.Arn}</Arn>`);
    expect(body).toContain(`<UserId>${User?.UserId}</UserId>`);
    expect(body).toMatch(/<Account>\d{12}<\/Account>/);
  });

  it('stores the permissions boundary of a role', async () => {
    const { iam } = clients();
    const RoleName = freshName('role');
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: freshName('policy'), PolicyDocument: ALLOW_LOGS }),
    );
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: LAMBDA_TRUST }));
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: Policy?.Arn }));
    const boundary = async () =>
      (await iam.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary?.PermissionsBoundaryArn;
    expect(await boundary()).toBe(Policy?.Arn);
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    expect(await boundary()).toBeUndefined();
  });
}
