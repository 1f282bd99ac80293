import type { Group } from './iam-model.js';
import { checkRemovable, newOwner, ownerFields } from './iam-owners.js';
import { GROUPS_PER_USER } from './iam-quotas.js';
import {
  conflict,
  type IamFields,
  type IamOperation,
  type IamRequest,
  limitExceeded,
  listing,
} from './iam-request.js';
import { userFields } from './iam-users.js';

function groupArn(request: IamRequest): string {
  const name = request.optional('GroupName') ?? '';
  return request.account.groups.get(name)?.arn ?? request.account.iamArn(`group/${name}`);
}

function groupFields(group: Group): IamFields {
  return ownerFields('Group', group);
}

function groupsOf(request: IamRequest, userName: string): Group[] {
  return [...request.account.groups.values()].filter((group) => group.members.has(userName));
}

export const groupOperations: Record<string, IamOperation> = {
  GetGroup: {
    resource: groupArn,
    act(request) {
      const group = request.group();
      const members = [...group.members].flatMap((name) => request.account.users.get(name) ?? []);
      const page = request.page(members, (user) => user.name);
      return { Group: groupFields(group), ...listing(page, 'Users', userFields) };
    },
  },

  CreateGroup: {
    resource: groupArn,
    act(request) {
      const name = request.newName('GroupName', 128);
      const path = request.path();
      const { groups } = request.account;
      const group: Group = {
        ...newOwner(request, 'Group', groups, { name, path }),
        members: new Set(),
      };
      groups.set(name, group);
      return { Group: groupFields(group) };
    },
  },

  DeleteGroup: {
    resource: groupArn,
    act(request) {
      const group = request.group();
      if (group.members.size > 0) throw conflict('Cannot delete entity, must remove users from group first.');
      checkRemovable(group);
      request.account.groups.delete(group.name);
      return undefined;
    },
  },

  ListGroups: {
    resource: groupArn,
    act(request) {
      const page = request.page(request.account.groups.values(), (group) => group.name);
      return listing(page, 'Groups', groupFields);
    },
  },

  ListGroupsForUser: {
    resource: (request) => request.account.iamArn(`user/${request.optional('UserName') ?? ''}`),
    act(request) {
      const page = request.page(groupsOf(request, request.user().name), (group) => group.name);
      return listing(page, 'Groups', groupFields);
    },
  },

  AddUserToGroup: {
    resource: groupArn,
    act(request) {
      const group = request.group();
      const user = request.user();
      if (!group.members.has(user.name) && groupsOf(request, user.name).length >= GROUPS_PER_USER) {
        throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${GROUPS_PER_USER}`);
      }
      group.members.add(user.name);
      return undefined;
    },
  },

  RemoveUserFromGroup: {
    resource: groupArn,
    act(request) {
      const group = request.group();
      group.members.delete(request.user().name);
      return undefined;
    },
  },
};
