import {
  DeletePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  type IAMClient,
  type PolicyUsageType,
  paginateListEntitiesForPolicy,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import { collect } from '../client/collect.js';
import { type AttachmentSort, attachments, sortOf } from './entity-attachments.js';

/**
 * What must be removed before a policy can be deleted. Source:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
 */
export const POLICY_ATTACHMENTS: readonly AttachmentSort[] = [
  {
    kinds: ['attachment to user', 'attachment to group', 'attachment to role'],
    action: 'iam:ListEntitiesForPolicy',
    async list(client, arn) {
      const { users, groups, roles } = await listEntities(client, arn, 'PermissionsPolicy');
      return [
        ...attachments('attachment to user', users),
        ...attachments('attachment to group', groups),
        ...attachments('attachment to role', roles),
      ];
    },
    remove(client, PolicyArn, { kind, name }): Promise<unknown> {
      if (kind === 'attachment to user')
        return client.send(new DetachUserPolicyCommand({ UserName: name, PolicyArn }));
      if (kind === 'attachment to group')
        return client.send(new DetachGroupPolicyCommand({ GroupName: name, PolicyArn }));
      return client.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
    },
  },
  {
    kinds: ['permissions boundary of user', 'permissions boundary of role'],
    action: 'iam:ListEntitiesForPolicy',
    async list(client, arn) {
      const { users, roles } = await listEntities(client, arn, 'PermissionsBoundary');
      return [
        ...attachments('permissions boundary of user', users),
        ...attachments('permissions boundary of role', roles),
      ];
    },
    remove: (client, _, { kind, name }): Promise<unknown> =>
      kind === 'permissions boundary of user'
        ? client.send(new DeleteUserPermissionsBoundaryCommand({ UserName: name }))
        : client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name })),
  },
  sortOf(
    'version',
    'iam:ListPolicyVersions',
    (client, PolicyArn) =>
      // The default version is deleted with the policy.
      collect(paginateListPolicyVersions({ client }, { PolicyArn }), ({ Versions }) =>
        Versions?.map(({ VersionId, IsDefaultVersion }) => (IsDefaultVersion ? undefined : VersionId)),
      ),
    (client, PolicyArn, VersionId) => client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })),
  ),
];

async function listEntities(client: IAMClient, PolicyArn: string, PolicyUsageFilter: PolicyUsageType) {
  const [users, groups, roles]: [string[], string[], string[]] = [[], [], []];
  for await (const page of paginateListEntitiesForPolicy({ client }, { PolicyArn, PolicyUsageFilter })) {
    users.push(...(page.PolicyUsers ?? []).flatMap(({ UserName }) => UserName ?? []));
    groups.push(...(page.PolicyGroups ?? []).flatMap(({ GroupName }) => GroupName ?? []));
    roles.push(...(page.PolicyRoles ?? []).flatMap(({ RoleName }) => RoleName ?? []));
  }
  return { users, groups, roles };
}
