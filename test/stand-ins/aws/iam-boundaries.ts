import type { Account } from './account.js';
import { AwsError } from './errors.js';
import type { ConditionContext } from './exchange.js';
import type { Role, User } from './iam-model.js';
import { type IamFields, type IamOperation, type IamRequest, missing } from './iam-request.js';

const OWNERS = {
  User: (request: IamRequest): User => request.user(),
  Role: (request: IamRequest): Role => request.role(),
};

/** The permissions boundary in a request, if it has one. */
export function requestedBoundary(request: IamRequest): string | undefined {
  const arn = request.optional('PermissionsBoundary');
  if (arn === undefined) return undefined;
  if (arn.length < 20 || !arn.startsWith('arn:')) {
    throw new AwsError(400, 'InvalidInput', `ARN ${arn} is not valid.`);
  }
  if (!request.account.policies.has(arn)) missing(`Scope ARN: ${arn} does not exist or is not attachable.`);
  return arn;
}

export function boundaryFields({ boundary }: User | Role): IamFields {
  return boundary === undefined
    ? {}
    : { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary } };
}

/** The users and roles whose boundary is this policy. */
export function boundedBy(account: Account, arn: string): { users: User[]; roles: Role[] } {
  const isBounded = ({ boundary }: User | Role): boolean => boundary === arn;
  return {
    users: [...account.users.values()].filter(isBounded),
    roles: [...account.roles.values()].filter(isBounded),
  };
}

/** The condition keys of a request to IAM. */
export function iamContext(request: IamRequest, operation: string): ConditionContext {
  const { account } = request;
  const attached = /^(?:Attach|Detach)/.test(operation) ? request.optional('PolicyArn') : undefined;
  const boundary =
    request.optional('PermissionsBoundary') ??
    account.users.get(request.optional('UserName') ?? '')?.boundary ??
    account.roles.get(request.optional('RoleName') ?? '')?.boundary;
  return {
    ...(attached !== undefined && { 'iam:policyarn': attached }),
    ...(boundary !== undefined && { 'iam:permissionsboundary': boundary }),
  };
}

export const boundaryOperations: Record<string, IamOperation> = {
  ...operationsFor('User'),
  ...operationsFor('Role'),
};

function operationsFor(kind: 'User' | 'Role'): Record<string, IamOperation> {
  const resource = (request: IamRequest): string => {
    const name = request.optional(`${kind}Name`) ?? '';
    const known = kind === 'User' ? request.account.users.get(name) : request.account.roles.get(name);
    return known?.arn ?? request.account.iamArn(`${kind.toLowerCase()}/${name}`);
  };
  return {
    [`Put${kind}PermissionsBoundary`]: {
      resource,
      act(request) {
        const owner = OWNERS[kind](request);
        request.required('PermissionsBoundary');
        owner.boundary = requestedBoundary(request);
        return undefined;
      },
    },
    [`Delete${kind}PermissionsBoundary`]: {
      resource,
      act(request) {
        OWNERS[kind](request).boundary = undefined;
        return undefined;
      },
    },
  };
}
