import type { Account } from './account.js';
import { iamTime } from './clock.js';
import { AwsError, notImplemented } from './errors.js';
import { boundedBy } from './iam-boundaries.js';
import { checkDocument, checkManagedSize } from './iam-documents.js';
import type { Policy, PolicyOwner } from './iam-model.js';
import {
  conflict,
  exists,
  type IamFields,
  type IamOperation,
  type IamRequest,
  isTaken,
  limitExceeded,
  listing,
  tagFields,
} from './iam-request.js';
import { newId } from './ids.js';

export function policyArn(request: IamRequest): string {
  return (
    request.optional('PolicyArn') ?? request.account.iamArn(`policy/${request.optional('PolicyName') ?? '*'}`)
  );
}

function ownersOf(account: Account, arn: string): PolicyOwner[] {
  return [...account.users.values(), ...account.groups.values(), ...account.roles.values()].filter((owner) =>
    owner.attached.has(arn),
  );
}

function boundariesOf(account: Account, arn: string): PolicyOwner[] {
  const { users, roles } = boundedBy(account, arn);
  return [...users, ...roles];
}

function policyFields(account: Account, policy: Policy): IamFields {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: ownersOf(account, policy.arn).length,
    PermissionsBoundaryUsageCount: boundariesOf(account, policy.arn).length,
    IsAttachable: true,
    CreateDate: iamTime(policy.createDate),
    UpdateDate: iamTime(policy.updateDate),
  };
}

export function ownPolicy(request: IamRequest): Policy {
  const policy = request.policy();
  if (policy.awsManaged) {
    throw new AwsError(
      403,
      'AccessDenied',
      `The policy ${policy.arn} is managed by AWS and cannot be changed.`,
    );
  }
  return policy;
}

export function documentOf(request: IamRequest): string {
  const document = request.required('PolicyDocument');
  checkDocument(document, 'identity', request.account.partition);
  checkManagedSize(document);
  return document;
}

export function newPolicy(arn: string, document: string, createDate: Date, description?: string): Policy {
  const resource = arn.slice(arn.indexOf(':policy/') + ':policy'.length);
  return {
    arn,
    name: resource.slice(resource.lastIndexOf('/') + 1),
    path: resource.slice(0, resource.lastIndexOf('/') + 1),
    id: newId('ANPA'),
    description,
    createDate,
    updateDate: createDate,
    versions: [{ id: 'v1', document, createDate }],
    defaultVersion: 'v1',
    nextVersion: 2,
    awsManaged: false,
    tags: new Map(),
  };
}

export const policyOperations: Record<string, IamOperation> = {
  GetPolicy: {
    resource: policyArn,
    act(request) {
      const policy = request.policy();
      return {
        Policy: {
          ...policyFields(request.account, policy),
          Description: policy.description,
          Tags: tagFields(policy.tags),
        },
      };
    },
  },

  ListPolicies: {
    resource: () => '*',
    act(request) {
      if (request.optional('PolicyUsageFilter') !== undefined)
        throw notImplemented('PolicyUsageFilter of ListPolicies');
      const scope = request.optional('Scope') ?? 'All';
      const prefix = request.optional('PathPrefix') ?? '/';
      const policies = [...request.account.policies.values()].filter(
        (policy) =>
          (scope === 'All' || (scope === 'AWS') === policy.awsManaged) &&
          policy.path.startsWith(prefix) &&
          (request.optional('OnlyAttached') !== 'true' || ownersOf(request.account, policy.arn).length > 0),
      );
      const page = request.page(policies, (policy) => policy.arn);
      return listing(page, 'Policies', (policy) => policyFields(request.account, policy));
    },
  },

  CreatePolicy: {
    resource: policyArn,
    act(request) {
      const name = request.newName('PolicyName', 128);
      const path = request.path();
      const document = documentOf(request);
      const own = [...request.account.policies.values()].filter((policy) => !policy.awsManaged);
      if (
        isTaken(
          own.map((policy) => policy.name),
          name,
        )
      ) {
        throw exists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
      }
      const { policiesQuota } = request.account.iam;
      if (own.length >= policiesQuota) {
        throw limitExceeded(`Cannot exceed quota for PoliciesPerAccount: ${policiesQuota}`);
      }
      const arn = request.account.iamArn(`policy${path}${name}`);
      const policy = newPolicy(arn, document, request.account.now(), request.optional('Description'));
      policy.tags = request.tags();
      request.account.policies.set(arn, policy);
      return { Policy: policyFields(request.account, policy) };
    },
  },

  DeletePolicy: {
    resource: policyArn,
    act(request) {
      const policy = ownPolicy(request);
      const { account } = request;
      if (ownersOf(account, policy.arn).length > 0 || boundariesOf(account, policy.arn).length > 0) {
        throw conflict('Cannot delete a policy attached to entities.');
      }
      if (policy.versions.length > 1) {
        throw conflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
      }
      request.account.policies.delete(policy.arn);
      return undefined;
    },
  },

  ListEntitiesForPolicy: {
    resource: policyArn,
    act(request) {
      const { arn } = request.policy();
      const { account } = request;
      const wanted = request.optional('EntityFilter');
      const usage = request.optional('PolicyUsageFilter');
      const bounded = boundedBy(account, arn);
      const kinds: Record<string, [Iterable<PolicyOwner>, readonly PolicyOwner[]]> = {
        User: [account.users.values(), bounded.users],
        Group: [account.groups.values(), []],
        Role: [account.roles.values(), bounded.roles],
      };
      const attached = Object.entries(kinds).flatMap(([kind, [owners, bounds]]) => {
        if ((wanted ?? kind) !== kind) return [];
        const attachedTo = [...owners].filter((owner) => owner.attached.has(arn));
        const named = [
          ...(usage === 'PermissionsBoundary' ? [] : attachedTo),
          ...(usage === 'PermissionsPolicy' ? [] : bounds),
        ];
        return [...new Set(named)].map(({ name, id }) => ({ kind, name, id }));
      });
      const page = request.page(attached, (entity) => `${entity.kind}/${entity.name}`);
      const of = (kind: string): IamFields[] =>
        page.items
          .filter((entity) => entity.kind === kind)
          .map((entity) => ({ [`${kind}Name`]: entity.name, [`${kind}Id`]: entity.id }));
      return {
        PolicyGroups: of('Group'),
        PolicyUsers: of('User'),
        PolicyRoles: of('Role'),
        IsTruncated: page.next !== undefined,
        Marker: page.next,
      };
    },
  },
};
