import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetRoleCommand,
  GetUserCommand,
  paginateGetGroup,
  paginateListAccessKeys,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
} from '@aws-sdk/client-iam';
import { throwIfInterrupted } from '../core/clock.js';
import type { PolicyDocument } from '../core/policy.js';
import type { AccessManagement, Group, NewAccessKey, Role, User } from '../core/ports.js';
import { isAmbiguous, isThrottled } from './errors.js';
import { IamPolicies } from './iam-policies.js';
import { collect, present } from './iam-requests.js';

/** How long to wait after a request that is sent once was throttled. */
const THROTTLED_PAUSE = 2_000;

/** Users, groups, roles and policies on IAM. */
export class Iam extends IamPolicies implements AccessManagement {
  findUser(name: string): Promise<User | undefined> {
    return this.find(`look up user ${name}`, async () => {
      const { User } = await this.client.send(new GetUserCommand({ UserName: name }));
      const keys = await this.accessKeys(name);
      return { arn: present(User?.Arn), accessKeyIds: keys.map((key) => present(key.AccessKeyId)) };
    });
  }

  createUser(name: string): Promise<User> {
    return this.create(
      `create user ${name}`,
      () => this.findUser(name),
      async () => {
        const { User } = await this.client.send(new CreateUserCommand({ UserName: name }));
        return { arn: present(User?.Arn), accessKeyIds: [] };
      },
    );
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
    return this.create(
      `create group ${name}`,
      () => this.findGroup(name),
      async () => {
        const { Group } = await this.client.send(new CreateGroupCommand({ GroupName: name }));
        return { arn: present(Group?.Arn), userNames: [], policyArns: [] };
      },
    );
  }

  async addUserToGroup(user: string, group: string): Promise<void> {
    await this.settled(`add user ${user} to group ${group}`, `user ${user} and group ${group}`, () =>
      this.client.send(new AddUserToGroupCommand({ UserName: user, GroupName: group })),
    );
  }

  async attachGroupPolicy(group: string, policyArn: string): Promise<void> {
    await this.settled(`attach ${policyArn} to group ${group}`, `group ${group}`, () =>
      this.client.send(new AttachGroupPolicyCommand({ GroupName: group, PolicyArn: policyArn })),
    );
  }

  findRole(name: string): Promise<Role | undefined> {
    return this.find(`look up role ${name}`, async () => {
      const { Role } = await this.client.send(new GetRoleCommand({ RoleName: name }));
      return { arn: present(Role?.Arn), createdAt: Role?.CreateDate?.getTime() ?? 0 };
    });
  }

  createRole(name: string, trustPolicy: PolicyDocument): Promise<Role> {
    return this.create(
      `create role ${name}`,
      () => this.findRole(name),
      async () => {
        const { Role } = await this.client.send(
          new CreateRoleCommand({
            RoleName: name,
            AssumeRolePolicyDocument: JSON.stringify(trustPolicy),
            Description: 'Runs the functions of Mattermost Apps',
          }),
        );
        return { arn: present(Role?.Arn), createdAt: this.connection.clock.now() };
      },
    );
  }

  rolePolicies(role: string): Promise<string[]> {
    return this.settled(`look up the policies of role ${role}`, `role ${role}`, async () => {
      const attached = paginateListAttachedRolePolicies({ client: this.client }, { RoleName: role });
      return collect(attached, (page) => page.AttachedPolicies?.map((policy) => policy.PolicyArn));
    });
  }

  async attachRolePolicy(role: string, policyArn: string): Promise<void> {
    await this.settled(`attach ${policyArn} to role ${role}`, `role ${role}`, () =>
      this.client.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn })),
    );
  }

  createAccessKey(user: string): Promise<NewAccessKey> {
    return this.request(`create an access key for user ${user}`, async () => {
      const before = new Set((await this.accessKeys(user)).map((key) => key.AccessKeyId));
      const create = async (): Promise<NewAccessKey> => {
        throwIfInterrupted(this.connection.signal);
        const { AccessKey } = await this.clientOfOneAttempt().send(
          new CreateAccessKeyCommand({ UserName: user }),
        );
        return { id: present(AccessKey?.AccessKeyId), secret: present(AccessKey?.SecretAccessKey) };
      };
      try {
        return await create();
      } catch (error) {
        if (isThrottled(error)) {
          await this.connection.clock.sleep(THROTTLED_PAUSE);
          return await create();
        }
        if (!isAmbiguous(error)) throw error;
        // The key may have been made and its secret lost. One that is new since a moment ago is that one.
        const [orphan, ...others] = (await this.accessKeys(user)).filter(
          (key) => !before.has(key.AccessKeyId),
        );
        if (others.length > 0) throw error;
        if (orphan !== undefined) {
          const { AccessKeyId } = orphan;
          await this.client.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId }));
        }
        return await create();
      }
    });
  }

  private async accessKeys(user: string) {
    const pages = paginateListAccessKeys({ client: this.client }, { UserName: user });
    return collect(pages, (page) => page.AccessKeyMetadata);
  }
}
