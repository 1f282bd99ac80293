import {
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetGroupCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  paginateListPolicies,
} from '@aws-sdk/client-iam';
import { settleAll } from '../../core/async/concurrency.js';
import type {
  AttachedEntity,
  Attachment,
  IamEntity,
  IamRemoval as IamRemovalPort,
} from '../../core/ports/iam-removal.js';
import { isAwsError, required } from '../client/aws-error.js';
import { collect } from '../client/collect.js';
import { retryWhileBeingChanged } from '../client/consistency.js';
import type { AttachmentSort } from './entity-attachments.js';
import { GROUP_ATTACHMENTS } from './group-attachments.js';
import type { IamService } from './iam-service.js';
import { POLICY_ATTACHMENTS } from './policy-attachments.js';
import { ROLE_ATTACHMENTS } from './role-attachments.js';
import { USER_ATTACHMENTS } from './user-attachments.js';

/** The largest page that IAM returns. */
const MAX_PAGE_ITEMS = 1000;

const SORTS: Readonly<Record<IamEntity['kind'], readonly AttachmentSort[]>> = {
  user: USER_ATTACHMENTS,
  group: GROUP_ATTACHMENTS,
  role: ROLE_ATTACHMENTS,
  policy: POLICY_ATTACHMENTS,
};

/** Deletes users, groups, roles and policies in IAM. */
export class IamRemoval implements IamRemovalPort {
  constructor(private readonly iam: IamService) {}

  locatePolicies(names: readonly string[]): Promise<string[]> {
    const { client } = this.iam;
    return this.iam.request('list policies', () =>
      collect(paginateListPolicies({ client, pageSize: MAX_PAGE_ITEMS }, { Scope: 'Local' }), (page) =>
        page.Policies?.map(({ PolicyName = '', Arn }) => (names.includes(PolicyName) ? Arn : undefined)),
      ),
    );
  }

  findEntity(entity: IamEntity): Promise<AttachedEntity | undefined> {
    const { kind, name } = entity;
    return this.iam.find(`look up what is attached to ${kind} ${name}`, async () => {
      const arn = await this.findArn(entity);
      const found = await settleAll(...SORTS[kind].map((sort) => this.list(sort, entity)));
      return {
        arn,
        attachments: found.flatMap((item) => (typeof item === 'string' ? [] : item)),
        denied: [...new Set(found.filter((item) => typeof item === 'string'))],
      };
    });
  }

  async removeAttachment(entity: IamEntity, attachment: Attachment): Promise<void> {
    const { kind, name } = entity;
    const sort = SORTS[kind].find(({ kinds }) => kinds.includes(attachment.kind));
    const action = `remove ${attachment.kind} ${attachment.name} of ${kind} ${name}`.replace('  ', ' ');
    await this.iam.find(action, () =>
      retryWhileBeingChanged(this.iam.connection, `${kind} ${name}`, async () =>
        sort?.remove(this.iam.client, identify(entity), attachment),
      ),
    );
  }

  async isDefaultVersion(PolicyArn: string, version: number): Promise<boolean> {
    const VersionId = `v${version}`;
    const isDefault = await this.iam.find(`delete version ${VersionId} of policy ${PolicyArn}`, async () => {
      try {
        await this.iam.client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
        return false;
      } catch (error) {
        if (isAwsError(error, 'DeleteConflict')) return true;
        throw error;
      }
    });
    return isDefault ?? false;
  }

  async deleteEntity(entity: IamEntity): Promise<string | undefined> {
    const { kind, name } = entity;
    return this.iam.find(`delete ${kind} ${name}`, async () => {
      try {
        await retryWhileBeingChanged(this.iam.connection, `${kind} ${name}`, () => this.delete(entity));
        return undefined;
      } catch (error) {
        if (isAwsError(error, 'DeleteConflict')) return error.message;
        throw error;
      }
    });
  }

  /** @throws the errors of the SDK */
  private async findArn(entity: IamEntity): Promise<string> {
    const { client } = this.iam;
    if (entity.kind === 'policy') {
      const { Policy: found } = await client.send(new GetPolicyCommand({ PolicyArn: entity.arn }));
      return required(found?.Arn);
    }
    const { kind, name } = entity;
    if (kind === 'user') {
      const { User: found } = await client.send(new GetUserCommand({ UserName: name }));
      return required(found?.Arn);
    }
    if (kind === 'group') {
      const { Group: found } = await client.send(new GetGroupCommand({ GroupName: name }));
      return required(found?.Arn);
    }
    const { Role: found } = await client.send(new GetRoleCommand({ RoleName: name }));
    return required(found?.Arn);
  }

  /** Lists attachments; returns the action if it is not allowed. */
  private async list(sort: AttachmentSort, entity: IamEntity): Promise<Attachment[] | string> {
    try {
      return await sort.list(this.iam.client, identify(entity));
    } catch (error) {
      if (isAwsError(error, 'AccessDenied')) return sort.action;
      throw error;
    }
  }

  private async delete(entity: IamEntity): Promise<void> {
    const { client } = this.iam;
    const { kind, name } = entity;
    if (entity.kind === 'policy') await client.send(new DeletePolicyCommand({ PolicyArn: entity.arn }));
    else if (kind === 'user') await client.send(new DeleteUserCommand({ UserName: name }));
    else if (kind === 'group') await client.send(new DeleteGroupCommand({ GroupName: name }));
    else await client.send(new DeleteRoleCommand({ RoleName: name }));
  }
}

/** What requests name an entity by. */
function identify(entity: IamEntity): string {
  return entity.kind === 'policy' ? entity.arn : entity.name;
}
