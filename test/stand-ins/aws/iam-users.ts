import { iamTime } from './clock.js';
import { AwsError } from './errors.js';
import { boundaryFields, requestedBoundary } from './iam-boundaries.js';
import { checkWithoutCredentials } from './iam-credentials.js';
import type { AccessKey, User } from './iam-model.js';
import { checkRemovable, newOwner, ownerFields } from './iam-owners.js';
import { ACCESS_KEYS_PER_USER } from './iam-quotas.js';
import {
  conflict,
  type IamFields,
  type IamOperation,
  type IamRequest,
  limitExceeded,
  listing,
  missing,
  tagFields,
} from './iam-request.js';
import { newAccessKeyId, newSecret } from './ids.js';

function userArn(request: IamRequest): string {
  const name = request.optional('UserName');
  const known = request.account.users.get(name ?? '');
  return known?.arn ?? request.account.iamArn(`user${name === undefined ? '/*' : `/${name}`}`);
}

export function userFields(user: User): IamFields {
  return ownerFields('User', user);
}

function keyFields(user: User, key: AccessKey): IamFields {
  return {
    UserName: user.name,
    AccessKeyId: key.id,
    Status: key.active ? 'Active' : 'Inactive',
    CreateDate: iamTime(key.createDate),
  };
}

/** The operations on access keys mean the caller's own where no user is named. */
function userOrSelf(request: IamRequest, callerName: string | undefined): User {
  const name = request.optional('UserName') ?? callerName;
  if (name === undefined)
    throw new AwsError(
      400,
      'ValidationError',
      'Must specify userName when calling with non-User credentials',
    );
  return request.user(name);
}

function accessKey(user: User, id: string): AccessKey {
  return (
    user.accessKeys.find((key) => key.id === id) ?? missing(`The Access Key with id ${id} cannot be found.`)
  );
}

export const userOperations: Record<string, IamOperation> = {
  GetUser: {
    resource: userArn,
    act(request, caller) {
      if (request.optional('UserName') === undefined && caller.userName === undefined) {
        const { rootArn, accountId } = request.account;
        return {
          User: {
            Path: '/',
            UserName: 'root',
            UserId: accountId,
            Arn: rootArn,
            CreateDate: iamTime(new Date(0)),
          },
        };
      }
      const user = userOrSelf(request, caller.userName);
      return {
        User: {
          ...userFields(user),
          ...boundaryFields(user),
          Tags: user.tags.size > 0 ? tagFields(user.tags) : undefined,
        },
      };
    },
  },

  CreateUser: {
    resource: userArn,
    act(request) {
      const name = request.newName('UserName', 64);
      const path = request.path();
      const boundary = requestedBoundary(request);
      const { users } = request.account;
      const user: User = {
        ...newOwner(request, 'User', users, { name, path }),
        accessKeys: [],
        loginProfile: undefined,
        sshKeys: new Map(),
        certificates: new Map(),
        serviceCredentials: new Map(),
        boundary,
        tags: request.tags(),
      };
      users.set(name, user);
      return { User: { ...userFields(user), ...boundaryFields(user) } };
    },
  },

  DeleteUser: {
    resource: userArn,
    act(request) {
      const user = request.user();
      const groups = [...request.account.groups.values()];
      if (user.accessKeys.length > 0) throw conflict('Cannot delete entity, must delete access keys first.');
      if (groups.some((group) => group.members.has(user.name))) {
        throw conflict('Cannot delete entity, must remove users from group first.');
      }
      checkWithoutCredentials(request, user);
      checkRemovable(user);
      request.account.users.delete(user.name);
      return undefined;
    },
  },

  ListUsers: {
    resource: userArn,
    act(request) {
      return listing(
        request.page(request.account.users.values(), (user) => user.name),
        'Users',
        userFields,
      );
    },
  },

  ListAccessKeys: {
    resource: userArn,
    act(request, caller) {
      const user = userOrSelf(request, caller.userName);
      return listing(
        request.page(user.accessKeys, (key) => key.id),
        'AccessKeyMetadata',
        (key) => keyFields(user, key),
      );
    },
  },

  CreateAccessKey: {
    resource: userArn,
    act(request, caller) {
      const user = userOrSelf(request, caller.userName);
      if (user.accessKeys.length >= ACCESS_KEYS_PER_USER) {
        throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${ACCESS_KEYS_PER_USER}`);
      }
      const key: AccessKey = {
        id: newAccessKeyId(request.account.accountId),
        secret: newSecret(),
        active: true,
        createDate: request.account.now(),
        lastUsed: undefined,
      };
      user.accessKeys.push(key);
      return { AccessKey: { ...keyFields(user, key), SecretAccessKey: key.secret } };
    },
  },

  UpdateAccessKey: {
    resource: userArn,
    act(request, caller) {
      const key = accessKey(userOrSelf(request, caller.userName), request.required('AccessKeyId'));
      const status = request.required('Status');
      if (status !== 'Active' && status !== 'Inactive') {
        throw new AwsError(400, 'ValidationError', `The status ${status} is not one of Active, Inactive.`);
      }
      key.active = status === 'Active';
      return undefined;
    },
  },

  DeleteAccessKey: {
    resource: userArn,
    act(request, caller) {
      const user = userOrSelf(request, caller.userName);
      const key = accessKey(user, request.required('AccessKeyId'));
      user.accessKeys = user.accessKeys.filter((other) => other !== key);
      return undefined;
    },
  },

  GetAccessKeyLastUsed: {
    resource: () => '*',
    act(request) {
      const id = request.required('AccessKeyId');
      const found = request.account.findAccessKey(id);
      // AWS does not say here whether a key exists.
      if (found === undefined)
        throw new AwsError(403, 'AccessDenied', `The Access Key with id ${id} cannot be found.`);
      const { date, service = 'N/A', region = 'N/A' } = found.key.lastUsed ?? {};
      return {
        UserName: found.user.name,
        AccessKeyLastUsed: {
          LastUsedDate: date && iamTime(date),
          ServiceName: service,
          Region: region,
        },
      };
    },
  },
};
