import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyVersionCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  type Policy as IamPolicy,
  paginateGetGroup,
  paginateListAccessKeys,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListPolicies,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import { type PolicyDocument, parsePolicyDocument } from '../core/policy.js';
import type { AccessManagement, Group, NewAccessKey, Policy, Role, User } from '../core/ports.js';
import { type AwsConnection, clientConfig } from './connection.js';
import { isAwsError, request } from './errors.js';

/** AWS keeps this many versions of a policy. */
const MAX_POLICY_VERSIONS = 5;

/** Users, groups, roles and policies on IAM. */
export class Iam implements AccessManagement {
  private readonly client: IAMClient;
  /** Sends each request once. */
  private readonly onceClient: IAMClient;

  constructor(private readonly connection: AwsConnection) {
    this.client = new IAMClient(clientConfig(connection, 'iam'));
    this.onceClient = new IAMClient({ ...clientConfig(connection, 'iam'), maxAttempts: 1 });
  }

  findUser(name: string): Promise<User | undefined> {
    return this.find(`look up user ${name}`, async () => {
      const { User } = await this.client.send(new GetUserCommand({ UserName: name }));
      const keys = paginateListAccessKeys({ client: this.client }, { UserName: name });
      const accessKeyIds = await collect(keys, (page) =>
        page.AccessKeyMetadata?.map((key) => key.AccessKeyId),
      );
      return { arn: present(User?.Arn), accessKeyIds };
    });
  }

  createUser(name: string): Promise<User> {
    return this.request(`create user ${name}`, async () => {
      const { User } = await this.client.send(new CreateUserCommand({ UserName: name }));
      return { arn: present(User?.Arn), accessKeyIds: [] };
    });
  }

  findGroup(name: string): Promise<Group | undefined> {
    return this.find(`look up group ${name}`, async () => {
      let arn: string | undefined;
      const userNames: string[] = [];
      for await (const page of paginateGetGroup({ client: this.client }, { GroupName: name })) {
        arn = page.Group?.Arn;
        for (const user of page.Users ?? []) userNames.push(present(user.UserName));
      }
      const attached = paginateListAttachedGroupPolicies({ client: this.client }, { GroupName: name });
      const policyArns = await collect(attached, (page) =>
        page.AttachedPolicies?.map((policy) => policy.PolicyArn),
      );
      return { arn: present(arn), userNames, policyArns };
    });
  }

  createGroup(name: string): Promise<Group> {
    return this.request(`create group ${name}`, async () => {
      const { Group } = await this.client.send(new CreateGroupCommand({ GroupName: name }));
      return { arn: present(Group?.Arn), userNames: [], policyArns: [] };
    });
  }

  async addUserToGroup(user: string, group: string): Promise<void> {
    await this.request(`add user ${user} to group ${group}`, () =>
      this.client.send(new AddUserToGroupCommand({ UserName: user, GroupName: group })),
    );
  }

  async attachGroupPolicy(group: string, policyArn: string): Promise<void> {
    await this.request(`attach ${policyArn} to group ${group}`, () =>
      this.client.send(new AttachGroupPolicyCommand({ GroupName: group, PolicyArn: policyArn })),
    );
  }

  findRole(name: string): Promise<Role | undefined> {
    return this.find(`look up role ${name}`, async () => {
      const { Role } = await this.client.send(new GetRoleCommand({ RoleName: name }));
      const attached = paginateListAttachedRolePolicies({ client: this.client }, { RoleName: name });
      const policyArns = await collect(attached, (page) =>
        page.AttachedPolicies?.map((policy) => policy.PolicyArn),
      );
      return { arn: present(Role?.Arn), policyArns };
    });
  }

  createRole(name: string, trustPolicy: PolicyDocument): Promise<Role> {
    return this.request(`create role ${name}`, async () => {
      const { Role } = await this.client.send(
        new CreateRoleCommand({
          RoleName: name,
          AssumeRolePolicyDocument: JSON.stringify(trustPolicy),
          Description: 'Runs the functions of Mattermost Apps',
        }),
      );
      return { arn: present(Role?.Arn), policyArns: [] };
    });
  }

  async attachRolePolicy(role: string, policyArn: string): Promise<void> {
    await this.request(`attach ${policyArn} to role ${role}`, () =>
      this.client.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn })),
    );
  }

  findPolicy(name: string): Promise<Policy | undefined> {
    return this.request(`look up policy ${name}`, async () => {
      // A policy is known by its ARN, whose path need not be /: so it is looked for by its name.
      const pages = paginateListPolicies({ client: this.client }, { Scope: 'Local' });
      for await (const page of pages) {
        const policy = page.Policies?.find((candidate) => candidate.PolicyName === name);
        if (policy !== undefined) return await this.readPolicy(name, policy);
      }
      return undefined;
    });
  }

  createPolicy(name: string, document: PolicyDocument): Promise<Policy> {
    return this.request(`create policy ${name}`, async () => {
      const { Policy } = await this.client.send(
        new CreatePolicyCommand({ PolicyName: name, PolicyDocument: JSON.stringify(document) }),
      );
      return { arn: present(Policy?.Arn), document };
    });
  }

  async replacePolicy({ arn }: Policy, document: PolicyDocument): Promise<void> {
    await this.request(`update policy ${arn}`, async () => {
      const pages = paginateListPolicyVersions({ client: this.client }, { PolicyArn: arn });
      const versions = await collect(pages, (page) => page.Versions);
      if (versions.length >= MAX_POLICY_VERSIONS) {
        const [oldest] = versions
          .filter((version) => version.IsDefaultVersion !== true)
          .sort((a, b) => Number(a.CreateDate ?? 0) - Number(b.CreateDate ?? 0));
        await this.client.send(
          new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: present(oldest?.VersionId) }),
        );
      }
      await this.client.send(
        new CreatePolicyVersionCommand({
          PolicyArn: arn,
          PolicyDocument: JSON.stringify(document),
          SetAsDefault: true,
        }),
      );
    });
  }

  createAccessKey(user: string): Promise<NewAccessKey> {
    return this.request(`create an access key for user ${user}`, async () => {
      const { AccessKey } = await this.onceClient.send(new CreateAccessKeyCommand({ UserName: user }));
      return { id: present(AccessKey?.AccessKeyId), secret: present(AccessKey?.SecretAccessKey) };
    });
  }

  private async readPolicy(name: string, policy: IamPolicy): Promise<Policy> {
    const arn = present(policy.Arn);
    const { PolicyVersion } = await this.client.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: present(policy.DefaultVersionId) }),
    );
    return { arn, document: parsePolicyDocument(name, decodeURIComponent(present(PolicyVersion?.Document))) };
  }

  private find<T>(doing: string, send: () => Promise<T>): Promise<T | undefined> {
    return this.request(doing, async () => {
      try {
        return await send();
      } catch (error) {
        if (isAwsError(error, 'NoSuchEntityException', 'NoSuchEntity')) return undefined;
        throw error;
      }
    });
  }

  private request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    return request(this.connection, doing, send);
  }
}

/** The items of all pages of a listing. */
async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => (Item | undefined)[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) {
    for (const item of items(page) ?? []) if (item !== undefined) all.push(item);
  }
  return all;
}

/** AWS declares nearly every field of an answer optional; one that it always sends and that is not there is a fault. */
function present(value: string | undefined): string {
  if (value === undefined) throw new Error('the answer lacks a field that AWS always sends');
  return value;
}
