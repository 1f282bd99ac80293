import {
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole,
  paginateListRolePolicies,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { collect } from '../client/collect.js';
import { type AttachmentSort, attachments } from './entity-attachments.js';

/** What must be removed before a role can be deleted. An instance profile itself stays: it was made for something else. */
export const ROLE_ATTACHMENTS: readonly AttachmentSort[] = [
  {
    kinds: ['instance profile'],
    action: 'iam:ListInstanceProfilesForRole',
    list: async (client, RoleName) =>
      attachments(
        'instance profile',
        await collect(paginateListInstanceProfilesForRole({ client }, { RoleName }), (page) =>
          page.InstanceProfiles?.map(({ InstanceProfileName }) => InstanceProfileName),
        ),
      ),
    remove: (client, RoleName, { name: InstanceProfileName }) =>
      client.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName })),
  },
  {
    kinds: ['policy'],
    action: 'iam:ListAttachedRolePolicies',
    list: async (client, RoleName) =>
      attachments(
        'policy',
        await collect(paginateListAttachedRolePolicies({ client }, { RoleName }), ({ AttachedPolicies }) =>
          AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
        ),
      ),
    remove: (client, RoleName, { name: PolicyArn }) =>
      client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
  },
  {
    kinds: ['inline policy'],
    action: 'iam:ListRolePolicies',
    list: async (client, RoleName) =>
      attachments(
        'inline policy',
        await collect(paginateListRolePolicies({ client }, { RoleName }), (page) => page.PolicyNames),
      ),
    remove: (client, RoleName, { name: PolicyName }) =>
      client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
  },
];
