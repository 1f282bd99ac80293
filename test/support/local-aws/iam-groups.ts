import { newId } from './account.js';
import { iamTime } from './clock.js';
import type { Group } from './iam-model.js';
import {
  conflict,
  exists,
  type IamFields,
  type IamOperation,
  type IamRequest,
  isTaken,
  limitExceeded,
  listing,
} from './iam-request.js';
import { userFields } from './iam-users.js';

const GROUPS_PER_USER = 10;

function groupArn(request: IamRequest): string {
  const name = request.optional('GroupName') ?? '';
  return request.account.groups.get(name)?.arn ?? request.account.iamArn(`group/${name}`);
}

function groupFields(group: Group): IamFields {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: iamTime(group.createDate),
  };
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
      if (isTaken(request.account.groups.keys(), name))
        throw exists(`Group with name ${name} already exists.`);
      const group: Group = {
        name,
        path,
        id: newId('AGPA'),
        arn: request.account.iamArn(`group${path}${name}`),
        createDate: new Date(),
        inline: new Map(),
        attached: new Set(),
        members: new Set(),
      };
      request.account.groups.set(name, group);
      return { Group: groupFields(group) };
    },
  },

  DeleteGroup: {
    resource: groupArn,
    act(request) {
      const group = request.group();
      if (group.members.size > 0) throw conflict('Cannot delete entity, must remove users from group first.');
      if (group.attached.size > 0) throw conflict('Cannot delete entity, must detach all policies first.');
      if (group.inline.size > 0) throw conflict('Cannot delete entity, must delete policies first.');
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
