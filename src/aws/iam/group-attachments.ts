import {
  DeleteGroupPolicyCommand,
  DetachGroupPolicyCommand,
  paginateGetGroup,
  paginateListAttachedGroupPolicies,
  paginateListGroupPolicies,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import { collect } from '../client/collect.js';
import { type AttachmentSort, sortOf } from './entity-attachments.js';

/** What must be removed before a group can be deleted. */
export const GROUP_ATTACHMENTS: readonly AttachmentSort[] = [
  sortOf(
    'user',
    'iam:GetGroup',
    (client, GroupName) =>
      collect(paginateGetGroup({ client }, { GroupName }), ({ Users }) =>
        Users?.map(({ UserName }) => UserName),
      ),
    (client, GroupName, UserName) => client.send(new RemoveUserFromGroupCommand({ GroupName, UserName })),
  ),
  sortOf(
    'policy',
    'iam:ListAttachedGroupPolicies',
    (client, GroupName) =>
      collect(paginateListAttachedGroupPolicies({ client }, { GroupName }), ({ AttachedPolicies }) =>
        AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
      ),
    (client, GroupName, PolicyArn) => client.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn })),
  ),
  sortOf(
    'inline policy',
    'iam:ListGroupPolicies',
    (client, GroupName) =>
      collect(paginateListGroupPolicies({ client }, { GroupName }), ({ PolicyNames }) => PolicyNames),
    (client, GroupName, PolicyName) => client.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName })),
  ),
];
