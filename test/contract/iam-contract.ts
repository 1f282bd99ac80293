import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  GetGroupCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListGroupsForUserCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { createPolicy, LAMBDA_TRUST, refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { allPages, freshName } from './target.js';

const ALLOW_LOGS = createPolicy({ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' });
const BASIC_EXECUTION = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';

export function iamContract(clients: () => Clients): void {
  it('creates a user once, and says that a missing one is missing', async () => {
    const { iam } = clients();
    const UserName = freshName('user');
    expect(await refusal(iam.send(new GetUserCommand({ UserName })))).toBe('NoSuchEntityException');
    const { User } = await iam.send(new CreateUserCommand({ UserName }));
    expect(User?.Arn).toMatch(new RegExp(`^arn:aws:iam::\\d{12}:user/${UserName}$`));
    expect(User?.CreateDate).toBeInstanceOf(Date);
    expect(await refusal(iam.send(new CreateUserCommand({ UserName })))).toBe('EntityAlreadyExistsException');
    expect((await iam.send(new GetUserCommand({ UserName }))).User?.UserId).toBe(User?.UserId);
    await iam.send(new DeleteUserCommand({ UserName }));
    expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toBe('NoSuchEntityException');
  });

  it('gives a user two access keys and no third', async () => {
    const { iam } = clients();
    const UserName = freshName('user');
    await iam.send(new CreateUserCommand({ UserName }));
    expect((await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata).toEqual([]);
    const first = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const second = await iam.send(new CreateAccessKeyCommand({ UserName }));
    expect(first.AccessKey?.Status).toBe('Active');
    expect(first.AccessKey?.SecretAccessKey).toHaveLength(40);
    expect(await refusal(iam.send(new CreateAccessKeyCommand({ UserName })))).toBe('LimitExceededException');

    const AccessKeyId = second.AccessKey?.AccessKeyId;
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
    const listed = await iam.send(new ListAccessKeysCommand({ UserName }));
    expect(listed.AccessKeyMetadata).toHaveLength(2);
    expect(listed.AccessKeyMetadata?.find((key) => key.AccessKeyId === AccessKeyId)?.Status).toBe('Inactive');
    for (const key of listed.AccessKeyMetadata ?? []) {
      await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key.AccessKeyId }));
    }
    expect(await refusal(iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })))).toBe(
      'NoSuchEntityException',
    );
    await iam.send(new DeleteUserCommand({ UserName }));
  });

  it('puts users and policies into groups', async () => {
    const { iam } = clients();
    const [GroupName, UserName, PolicyName] = [freshName('group'), freshName('user'), freshName('policy')];
    expect(await refusal(iam.send(new GetGroupCommand({ GroupName })))).toBe('NoSuchEntityException');
    await iam.send(new CreateGroupCommand({ GroupName }));
    expect(await refusal(iam.send(new CreateGroupCommand({ GroupName })))).toBe(
      'EntityAlreadyExistsException',
    );
    expect((await iam.send(new GetGroupCommand({ GroupName }))).Users).toEqual([]);
    const adding = new AddUserToGroupCommand({ GroupName, UserName });
    expect(await refusal(iam.send(adding))).toBe('NoSuchEntityException');
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(adding);
    await iam.send(adding);
    expect((await iam.send(new GetGroupCommand({ GroupName }))).Users?.map((user) => user.UserName)).toEqual([
      UserName,
    ]);
    const groups = await iam.send(new ListGroupsForUserCommand({ UserName }));
    expect(groups.Groups?.map((group) => group.GroupName)).toEqual([GroupName]);

    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: ALLOW_LOGS }));
    const PolicyArn = Policy?.Arn;
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    const attached = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }));
    expect(attached.AttachedPolicies).toEqual([{ PolicyName, PolicyArn }]);
    await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
    expect(await refusal(iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn })))).toBe(
      'NoSuchEntityException',
    );
    await iam.send(new DeleteGroupCommand({ GroupName }));
  });

  it('pages the users of a group', async () => {
    const { iam } = clients();
    const GroupName = freshName('group');
    await iam.send(new CreateGroupCommand({ GroupName }));
    const names = Array.from({ length: 5 }, () => freshName('user'));
    for (const UserName of names) {
      await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    }
    const { items } = await allPages(async (Marker) => {
      const page = await iam.send(new GetGroupCommand({ GroupName, Marker, MaxItems: 2 }));
      return { items: page.Users, next: page.Marker };
    });
    expect(items.map((user) => user.UserName).sort()).toEqual([...names].sort());
  });

  it('creates a role with its trust policy, and does not delete a role that has policies', async () => {
    const { iam } = clients();
    const RoleName = freshName('role');
    expect(await refusal(iam.send(new GetRoleCommand({ RoleName })))).toBe('NoSuchEntityException');
    const creating = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: LAMBDA_TRUST });
    const { Role } = await iam.send(creating);
    expect(Role?.Arn).toMatch(new RegExp(`^arn:aws:iam::\\d{12}:role/${RoleName}$`));
    expect(await refusal(iam.send(creating))).toBe('EntityAlreadyExistsException');
    const read = await iam.send(new GetRoleCommand({ RoleName }));
    expect(decodeURIComponent(read.Role?.AssumeRolePolicyDocument ?? '')).toBe(LAMBDA_TRUST);

    const changed = LAMBDA_TRUST.replace('"Version"', '"Id":"x","Version"');
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: changed }));
    const again = await iam.send(new GetRoleCommand({ RoleName }));
    expect(decodeURIComponent(again.Role?.AssumeRolePolicyDocument ?? '')).toBe(changed);

    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: BASIC_EXECUTION }));
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(attached.AttachedPolicies?.map((policy) => policy.PolicyArn)).toEqual([BASIC_EXECUTION]);
    expect(await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).toBe('DeleteConflictException');
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: BASIC_EXECUTION }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    expect(await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).toBe('NoSuchEntityException');
  });

  it('stores inline policies of a role as they were written', async () => {
    const { iam } = clients();
    const RoleName = freshName('role');
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: LAMBDA_TRUST }));
    const PolicyName = 'inline';
    expect(await refusal(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })))).toBe(
      'NoSuchEntityException',
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: ALLOW_LOGS }));
    const read = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    expect(decodeURIComponent(read.PolicyDocument ?? '')).toBe(ALLOW_LOGS);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual([PolicyName]);
    expect(await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).toBe('DeleteConflictException');
  });
}
