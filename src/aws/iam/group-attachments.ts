import {
  DeleteGroupPolicyCommand,
  DetachGroupPolicyCommand,
  paginateGetGroup,
  paginateListAttachedGroupPolicies,
  paginateListGroupPolicies,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import { collect } from '../client/collect.js';
import { type AttachmentSort, attachments } from './entity-attachments.js';

/** What must be removed before a group can be deleted. */
export const GROUP_ATTACHMENTS: readonly AttachmentSort[] = [
  {
    kinds: ['user'],
    action: 'iam:GetGroup',
    list: async (client, GroupName) =>
      attachments(
        'user',
        await collect(paginateGetGroup({ client }, { GroupName }), ({ Users }) =>
          Users?.map(({ UserName }) => UserName),
        ),
      ),
    remove: (client, GroupName, { name: UserName }) =>
      client.send(new RemoveUserFromGroupCommand({ GroupName, UserName })),
  },
  {
    kinds: ['policy'],
    action: 'iam:ListAttachedGroupPolicies',
    list: async (client, GroupName) =>
      attachments(
        'policy',
        await collect(paginateListAttachedGroupPolicies({ client }, { GroupName }), ({ AttachedPolicies }) =>
          AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
        ),
      ),
    remove: (client, GroupName, { name: PolicyArn }) =>
      client.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn })),
  },
  {
    kinds: ['inline policy'],
    action: 'iam:ListGroupPolicies',
    list: async (client, GroupName) =>
      attachments(
        'inline policy',
        await collect(paginateListGroupPolicies({ client }, { GroupName }), (page) => page.PolicyNames),
      ),
    remove: (client, GroupName, { name: PolicyName }) =>
      client.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName })),
  },
];
