import {
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole,
  paginateListRolePolicies,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { collect } from '../client/collect.js';
import { type AttachmentSort, sortOf } from './entity-attachments.js';

/** What must be removed before a role can be deleted. An instance profile itself stays: it was made for something else. */
export const ROLE_ATTACHMENTS: readonly AttachmentSort[] = [
  sortOf(
    'instance profile',
    'iam:ListInstanceProfilesForRole',
    (client, RoleName) =>
      collect(paginateListInstanceProfilesForRole({ client }, { RoleName }), ({ InstanceProfiles }) =>
        InstanceProfiles?.map(({ InstanceProfileName }) => InstanceProfileName),
      ),
    (client, RoleName, InstanceProfileName) =>
      client.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName })),
  ),
  sortOf(
    'policy',
    'iam:ListAttachedRolePolicies',
    (client, RoleName) =>
      collect(paginateListAttachedRolePolicies({ client }, { RoleName }), ({ AttachedPolicies }) =>
        AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
      ),
    (client, RoleName, PolicyArn) => client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
  ),
  sortOf(
    'inline policy',
    'iam:ListRolePolicies',
    (client, RoleName) =>
      collect(paginateListRolePolicies({ client }, { RoleName }), ({ PolicyNames }) => PolicyNames),
    (client, RoleName, PolicyName) => client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
  ),
];
