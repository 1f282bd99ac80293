import { type Account, newId } from './account.js';
import { decideTrust } from './authorization.js';
import { iamTime } from './clock.js';
import { AwsError } from './errors.js';
import { checkDocument, checkTrustSize } from './iam-documents.js';
import type { Role } from './iam-model.js';
import {
  conflict,
  exists,
  type IamFields,
  type IamOperation,
  type IamRequest,
  isTaken,
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
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: iamTime(role.createDate),
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
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
 * say; one that does not trust Lambda, for ever.
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
      const trustPolicy = trustPolicyOf(request, 'AssumeRolePolicyDocument');
      const maxSessionDuration = Number(request.optional('MaxSessionDuration') ?? 3600);
      if (!(maxSessionDuration >= 3600 && maxSessionDuration <= 43200)) {
        throw new AwsError(
          400,
          'ValidationError',
          `1 validation error detected: Value '${maxSessionDuration}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
        );
      }
      if (isTaken(request.account.roles.keys(), name)) throw exists(`Role with name ${name} already exists.`);
      const role: Role = {
        name,
        path,
        id: newId('AROA'),
        arn: request.account.iamArn(`role${path}${name}`),
        createDate: new Date(),
        inline: new Map(),
        attached: new Set(),
        trustPolicy,
        description: request.optional('Description'),
        maxSessionDuration,
        tags: request.tags(),
        refusalsLeft: request.account.lambda.roleRefusals,
      };
      request.account.roles.set(name, role);
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
      if (role.attached.size > 0) throw conflict('Cannot delete entity, must detach all policies first.');
      if (role.inline.size > 0) throw conflict('Cannot delete entity, must delete policies first.');
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
