import type { Account } from './account.js';
import { decideTrust } from './authorization.js';
import { AwsError } from './errors.js';
import { boundaryFields, requestedBoundary } from './iam-boundaries.js';
import { checkDocument, checkTrustSize } from './iam-documents.js';
import { profilesOf } from './iam-instance-profiles.js';
import type { Role } from './iam-model.js';
import { checkRemovable, newOwner, ownerFields } from './iam-owners.js';
import {
  conflict,
  type IamFields,
  type IamOperation,
  type IamRequest,
  listing,
  tagFields,
} from './iam-request.js';
import { readPolicy } from './policy-document.js';

function roleArn(request: IamRequest): string {
  const name = request.optional('RoleName') ?? '';
  return request.account.roles.get(name)?.arn ?? request.account.iamArn(`role/${name}`);
}

function roleFields(role: Role): IamFields {
  return {
    ...ownerFields('Role', role),
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
    ...boundaryFields(role),
  };
}

function trustPolicyOf(request: IamRequest, parameter: string): string {
  const document = request.required(parameter);
  checkDocument(document, 'trust', request.account.partition);
  checkTrustSize(document);
  return document;
}

/**
 * Whether Lambda can assume the role now. A role that was just created is refused as often as the options
 * say; one that does not trust Lambda, always.
 */
export function lambdaAssumes(account: Account, arn: string): boolean {
  const role = [...account.roles.values()].find((candidate) => candidate.arn === arn);
  if (role === undefined) return false;
  const trust = readPolicy(role.trustPolicy, 'trust', account.partition);
  if (!decideTrust(trust, 'lambda.amazonaws.com')) return false;
  if (role.refusalsLeft === 0) return true;
  role.refusalsLeft--;
  return false;
}

export const roleOperations: Record<string, IamOperation> = {
  GetRole: {
    resource: roleArn,
    act(request) {
      const role = request.role();
      return { Role: { ...roleFields(role), Tags: role.tags.size > 0 ? tagFields(role.tags) : undefined } };
    },
  },

  CreateRole: {
    resource: roleArn,
    act(request) {
      const name = request.newName('RoleName', 64);
      const path = request.path();
      const boundary = requestedBoundary(request);
      const trustPolicy = trustPolicyOf(request, 'AssumeRolePolicyDocument');
      const maxSessionDuration = Number(request.optional('MaxSessionDuration') ?? 3600);
      if (!(maxSessionDuration >= 3600 && maxSessionDuration <= 43200)) {
        throw new AwsError(
          400,
          'ValidationError',
          `1 validation error detected: Value '${maxSessionDuration}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
        );
      }
      const { roles } = request.account;
      const role: Role = {
        ...newOwner(request, 'Role', roles, { name, path }),
        trustPolicy,
        boundary,
        description: request.optional('Description'),
        maxSessionDuration,
        tags: request.tags(),
        refusalsLeft: request.account.lambda.roleRefusals,
      };
      roles.set(name, role);
      return { Role: roleFields(role) };
    },
  },

  UpdateAssumeRolePolicy: {
    resource: roleArn,
    act(request) {
      const role = request.role();
      role.trustPolicy = trustPolicyOf(request, 'PolicyDocument');
      return undefined;
    },
  },

  DeleteRole: {
    resource: roleArn,
    act(request) {
      const role = request.role();
      if (profilesOf(request, role.name).length > 0)
        throw conflict('Cannot delete entity, must remove roles from instance profile first.');
      checkRemovable(role);
      request.account.roles.delete(role.name);
      return undefined;
    },
  },

  ListRoles: {
    resource: roleArn,
    act(request) {
      const page = request.page(request.account.roles.values(), (role) => role.name);
      return listing(page, 'Roles', roleFields);
    },
  },

  TagRole: {
    resource: roleArn,
    act(request) {
      const role = request.role();
      for (const [key, value] of request.tags()) role.tags.set(key, value);
      return undefined;
    },
  },

  ListRoleTags: {
    resource: roleArn,
    act(request) {
      const page = request.page(request.role().tags, ([key]) => key);
      return listing(page, 'Tags', ([Key, Value]) => ({ Key, Value }));
    },
  },
};
