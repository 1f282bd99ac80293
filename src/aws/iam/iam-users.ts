import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserCommand,
  GetUserCommand,
  paginateGetGroup,
} from '@aws-sdk/client-iam';
import type { AccessKey, Group, NewEntity, User, UserService } from '../../core/ports/iam.js';
import { httpStatus, required } from '../client/aws-error.js';
import { collect } from '../client/collect.js';
import type { IamAccessKeys } from './iam-access-keys.js';
import { entityInput, type IamService } from './iam-service.js';

/** Users and groups in IAM. */
export class IamUsers implements UserService {
  constructor(
    private readonly iam: IamService,
    private readonly keys: IamAccessKeys,
  ) {}

  findUser(name: string): Promise<User | undefined> {
    return this.iam.find(`look up user ${name}`, async () => {
      const { User: found } = await this.iam.client.send(new GetUserCommand({ UserName: name }));
      return { arn: required(found?.Arn), accessKeys: await this.listKeys(name) };
    });
  }

  private async listKeys(user: string): Promise<AccessKey[] | undefined> {
    try {
      return await this.keys.list(user);
    } catch (error) {
      if (httpStatus(error) === 403) return undefined;
      throw error;
    }
  }

  createUser(name: string, entity: NewEntity = {}): Promise<User> {
    return this.iam.create(
      `create user ${name}`,
      () => this.findUser(name),
      async () => {
        const { User: created } = await this.iam.client.send(
          new CreateUserCommand({
            UserName: name,
            ...entityInput(entity),
          }),
        );
        return { arn: required(created?.Arn), accessKeys: [] };
      },
    );
  }

  findGroup(name: string): Promise<Group | undefined> {
    return this.iam.find(`look up group ${name}`, async () => {
      let arn: string | undefined;
      const pages = paginateGetGroup({ client: this.iam.client }, { GroupName: name });
      const userNames = await collect(pages, (page) => {
        arn = page.Group?.Arn;
        return page.Users?.map((user) => user.UserName);
      });
      return { arn: required(arn), userNames };
    });
  }

  createGroup(name: string, path = '/'): Promise<Group> {
    return this.iam.create(
      `create group ${name}`,
      () => this.findGroup(name),
      async () => {
        const { Group: created } = await this.iam.client.send(
          new CreateGroupCommand({ GroupName: name, Path: path }),
        );
        return { arn: required(created?.Arn), userNames: [] };
      },
    );
  }

  async addUserToGroup(user: string, group: string): Promise<void> {
    await this.iam.requestUntilConsistent(
      `add user ${user} to group ${group}`,
      `user ${user} and group ${group}`,
      () => this.iam.client.send(new AddUserToGroupCommand({ UserName: user, GroupName: group })),
    );
  }
}
