import { CreateRoleCommand, GetRoleCommand, type Role as IamRole } from '@aws-sdk/client-iam';
import { type PolicyDocument, parsePolicyDocument } from '../../core/policy/policy-document.js';
import type { Role } from '../../core/policy/role.js';
import type { NewEntity, RoleService } from '../../core/ports/iam.js';
import { required } from '../client/aws-error.js';
import { entityInput, type IamService } from './iam-service.js';

/** Roles in IAM. */
export class IamRoles implements RoleService {
  constructor(private readonly iam: IamService) {}

  findRole(name: string): Promise<Role | undefined> {
    return this.iam.find(`look up role ${name}`, async () => {
      const { Role: found } = await this.iam.client.send(new GetRoleCommand({ RoleName: name }));
      const createdAt = found?.CreateDate?.getTime() ?? 0;
      return { arn: required(found?.Arn), createdAt, trustPolicy: parseTrustPolicy(name, found) };
    });
  }

  createRole(name: string, trustPolicy: PolicyDocument, entity: NewEntity = {}): Promise<Role> {
    return this.iam.create(
      `create role ${name}`,
      () => this.findRole(name),
      async () => {
        const { Role: created } = await this.iam.client.send(
          new CreateRoleCommand({
            RoleName: name,
            AssumeRolePolicyDocument: JSON.stringify(trustPolicy),
            Description: 'Runs the functions of Mattermost Apps',
            ...entityInput(entity),
          }),
        );
        return { arn: required(created?.Arn), createdAt: this.iam.connection.clock.now(), trustPolicy };
      },
    );
  }
}

function parseTrustPolicy(name: string, role: IamRole | undefined): PolicyDocument | undefined {
  try {
    return parsePolicyDocument(name, decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''));
  } catch {
    return undefined;
  }
}
