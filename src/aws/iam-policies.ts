import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type Policy as IamPolicy,
  paginateListEntitiesForPolicy,
  paginateListPolicies,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import type { Policy } from '../core/invoke-policies.js';
import { type PolicyDocument, parsePolicyDocument } from '../core/policy.js';
import { isAwsError } from './errors.js';
import { collect, IamRequests, present } from './iam-requests.js';

/** AWS keeps this many versions of a policy. */
const MAX_POLICY_VERSIONS = 5;
/** IAM lists so many things a page at most. */
const LARGEST_PAGE = 1000;

/** Managed policies on IAM. */
export class IamPolicies extends IamRequests {
  findPolicies(name: string): Promise<Policy[]> {
    return this.request(`look up policy ${name}`, async () => {
      // A policy is known by its ARN, whose path need not be /: so all are listed, and the names looked at.
      const pages = paginateListPolicies({ client: this.client, pageSize: LARGEST_PAGE }, { Scope: 'Local' });
      const numbered = await collect(pages, (page) =>
        page.Policies?.flatMap((policy) => {
          const number = policyNumber(name, policy.PolicyName ?? '');
          return number === undefined ? [] : [{ number, policy }];
        }),
      );
      numbered.sort((a, b) => a.number - b.number);
      return Promise.all(numbered.map(({ policy }) => this.readPolicy(policy)));
    });
  }

  createPolicy(name: string, document: PolicyDocument): Promise<Policy> {
    const find = async (): Promise<Policy | undefined> =>
      (await this.findPolicies(name)).find((policy) => policy.name === name);
    return this.create(`create policy ${name}`, find, async () => {
      const { Policy } = await this.client.send(
        new CreatePolicyCommand({ PolicyName: name, PolicyDocument: JSON.stringify(document) }),
      );
      return { name, arn: present(Policy?.Arn), document };
    });
  }

  findSurplusVersion({ name, arn }: Policy): Promise<string | undefined> {
    return this.find(`look up the versions of policy ${name}`, async () => {
      const pages = paginateListPolicyVersions({ client: this.client }, { PolicyArn: arn });
      const versions = await collect(pages, (page) => page.Versions);
      if (versions.length < MAX_POLICY_VERSIONS) return undefined;
      const [oldest] = versions
        .filter((version) => version.IsDefaultVersion !== true)
        .sort((a, b) => Number(a.CreateDate ?? 0) - Number(b.CreateDate ?? 0));
      return oldest?.VersionId;
    });
  }

  async replacePolicy(
    { name, arn }: Policy,
    document: PolicyDocument,
    surplus: string | undefined,
  ): Promise<string | undefined> {
    const version = await this.settled(`update policy ${name}`, `policy ${name}`, async () => {
      if (surplus !== undefined) await this.deleteVersion(arn, surplus);
      try {
        const { PolicyVersion } = await this.client.send(
          new CreatePolicyVersionCommand({
            PolicyArn: arn,
            PolicyDocument: JSON.stringify(document),
            SetAsDefault: true,
          }),
        );
        return present(PolicyVersion?.VersionId);
      } catch (error) {
        // One more version than a moment ago: made by a request of ours whose answer was lost, or by somebody else.
        if (isAwsError(error, 'LimitExceeded', 'LimitExceededException')) return null;
        throw error;
      }
    });
    return version ?? undefined;
  }

  defaultVersion({ name, arn }: Policy): Promise<string> {
    return this.request(`look up policy ${name}`, async () => {
      const { Policy } = await this.client.send(new GetPolicyCommand({ PolicyArn: arn }));
      return present(Policy?.DefaultVersionId);
    });
  }

  /** Deletes a version that a request before this one may have deleted already. */
  private async deleteVersion(arn: string, version: string): Promise<void> {
    try {
      await this.client.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: version }));
    } catch (error) {
      if (!isAwsError(error, 'NoSuchEntityException', 'NoSuchEntity')) throw error;
    }
  }

  policyGroups(policyArn: string): Promise<string[]> {
    return this.request(`look up the groups of ${policyArn}`, async () => {
      const pages = paginateListEntitiesForPolicy(
        { client: this.client },
        { PolicyArn: policyArn, EntityFilter: 'Group' },
      );
      return collect(pages, (page) => page.PolicyGroups?.map((group) => group.GroupName));
    });
  }

  private async readPolicy(policy: IamPolicy): Promise<Policy> {
    const name = present(policy.PolicyName);
    const arn = present(policy.Arn);
    const { PolicyVersion } = await this.client.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: present(policy.DefaultVersionId) }),
    );
    return {
      name,
      arn,
      document: parsePolicyDocument(name, decodeURIComponent(present(PolicyVersion?.Document))),
    };
  }
}

/** The number of a policy among `{base}`, `{base}-2`, …; undefined for another one. */
function policyNumber(base: string, name: string): number | undefined {
  if (name === base) return 1;
  const suffix = name.startsWith(`${base}-`) ? name.slice(base.length + 1) : '';
  return /^(?:[2-9]|[1-9]\d)$/.test(suffix) ? Number(suffix) : undefined;
}
