import type { PolicyDocument } from '../../../src/core/policy/policy-document.js';
import type { Role } from '../../../src/core/policy/role.js';
import type {
  AccessKeyService,
  Group,
  NewAccessKey,
  NewEntity,
  RoleService,
  User,
  UserService,
} from '../../../src/core/ports/iam.js';

const ACCOUNT_PREFIX = 'arn:aws:iam::123456789012:';

/** Users, groups, roles and access keys in memory. */
export class MemoryIam implements UserService, RoleService {
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly roles = new Map<string, Role>();
  /** The changes so far, such as `create user u`. */
  readonly changes: string[] = [];
  /** Called before each change: may throw. */
  beforeChange: (change: string) => void = () => {};

  readonly accessKeys: AccessKeyService = {
    create: async (user: string): Promise<NewAccessKey> => {
      this.change(`create access key of ${user}`);
      const { arn, accessKeys = [] } = this.users.get(user) ?? { arn: '' };
      const id = `AKIA${accessKeys.length + 1}`;
      this.users.set(user, { arn, accessKeys: [...accessKeys, { id, isActive: true }] });
      return { id, secret: `secret of ${id}` };
    },
    disable: async (user: string, id: string): Promise<void> =>
      this.change(`disable access key ${id} of ${user}`),
    delete: async (user: string, id: string): Promise<void> =>
      this.change(`delete access key ${id} of ${user}`),
  };

  async findUser(name: string): Promise<User | undefined> {
    return this.users.get(name);
  }

  async createUser(name: string, { boundary }: NewEntity = {}): Promise<User> {
    this.change(`create user ${name}${withBoundary(boundary)}`);
    const user = { arn: `${ACCOUNT_PREFIX}user/${name}`, accessKeys: [] };
    this.users.set(name, user);
    return user;
  }

  async findGroup(name: string): Promise<Group | undefined> {
    return this.groups.get(name);
  }

  async createGroup(name: string): Promise<Group> {
    this.change(`create group ${name}`);
    const group = { arn: `${ACCOUNT_PREFIX}group/${name}`, userNames: [] };
    this.groups.set(name, group);
    return group;
  }

  async addUserToGroup(user: string, group: string): Promise<void> {
    this.change(`add user ${user} to group ${group}`);
    const { arn, userNames } = this.groups.get(group) ?? { arn: '', userNames: [] };
    this.groups.set(group, { arn, userNames: [...userNames, user] });
  }

  async findRole(name: string): Promise<Role | undefined> {
    return this.roles.get(name);
  }

  async createRole(name: string, trustPolicy: PolicyDocument, { boundary }: NewEntity = {}): Promise<Role> {
    this.change(`create role ${name}${withBoundary(boundary)}`);
    const role = { arn: `${ACCOUNT_PREFIX}role/${name}`, createdAt: 0, trustPolicy };
    this.roles.set(name, role);
    return role;
  }

  private change(name: string): void {
    this.beforeChange(name);
    this.changes.push(name);
  }
}

function withBoundary(boundary: string | undefined): string {
  return boundary === undefined ? '' : ` within ${boundary}`;
}
