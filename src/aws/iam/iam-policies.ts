import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  GetAccountSummaryCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListEntitiesForPolicy,
  paginateListPolicies,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import { settleAll } from '../../core/async/concurrency.js';
import { poll } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { IamIdentity, Policy, PolicyVersion, PolicyVersions } from '../../core/policy/policy.js';
import { type PolicyDocument, parsePolicyDocument } from '../../core/policy/policy-document.js';
import type { FindPolicyOptions, PolicyQuotas, PolicyService } from '../../core/ports/iam.js';
import { isAwsError, isNoSuchEntity, isQuotaExceeded } from '../client/aws-error.js';
import { retryUntilConsistent } from '../client/consistency.js';
import { collect, type IamService, isExisting, required } from './iam-service.js';

/** IAM keeps this many versions of a policy. */
const MAX_VERSIONS = 5;
/** How long two requests may show two states of IAM. */
const AGREEMENT_LIMIT_MS = 20_000;
/** As many things as IAM lists on one page. */
const LARGEST_PAGE = 1000;

/** Managed policies on IAM. */
export class IamPolicies implements PolicyService {
  constructor(private readonly iam: IamService) {}

  findPolicy(arn: string, { known, forUpdate = false }: FindPolicyOptions = {}): Promise<Policy | undefined> {
    const name = policyName(arn);
    const readVersion = async (): Promise<readonly [number, PolicyVersions?]> =>
      forUpdate ? this.defaultAmongAll(arn) : [await this.defaultVersion(arn)];
    const readDocument = async (version: number): Promise<PolicyDocument> =>
      version === known?.version
        ? known.document
        : // The version is there: IAM may just not know it everywhere yet.
          retryUntilConsistent(this.iam.connection, `policy ${name}`, () => this.document(arn, version));
    return this.iam.find(`look up policy ${name}`, async () => {
      // Of a policy that may not exist, nothing else is asked before that is known.
      const [early, [version, versions]] = await settleAll(
        known === undefined ? Promise.resolve(undefined) : this.attachedTo(arn),
        readVersion(),
      );
      const [document, attachedTo] = await settleAll(
        readDocument(version),
        early === undefined ? this.attachedTo(arn) : Promise.resolve(early),
      );
      return { name, arn, version, document, attachedTo, ...(versions !== undefined && { versions }) };
    });
  }

  locatePolicy(name: string): Promise<string | undefined> {
    return this.iam.request(`look up policy ${name}`, async () => {
      const pages = paginateListPolicies(
        { client: this.iam.client, pageSize: LARGEST_PAGE },
        { Scope: 'Local' },
      );
      const found = await collect(pages, (page) => page.Policies);
      return found.find((policy) => policy.PolicyName === name)?.Arn;
    });
  }

  createPolicy(arn: string, document: PolicyDocument): Promise<Policy | undefined> {
    const name = policyName(arn);
    const Path = arn.slice(arn.indexOf(':policy/') + ':policy'.length, -name.length);
    return this.iam.request(`create policy ${name}`, async () => {
      try {
        await this.iam.client.send(
          new CreatePolicyCommand({ PolicyName: name, Path, PolicyDocument: JSON.stringify(document) }),
        );
        return { name, arn, version: 1, document, attachedTo: [] };
      } catch (error) {
        if (isExisting(error)) return undefined;
        throw error;
      }
    });
  }

  addVersion({ name, arn, versions }: Policy, document: PolicyDocument): Promise<number | undefined> {
    const { client } = this.iam;
    return this.iam
      .change(`update policy ${name}`, `policy ${name}`, async () => {
        try {
          if (versions?.deleteFirst !== undefined) await this.deleteVersion(arn, versions.deleteFirst);
          const { PolicyVersion: created } = await client.send(
            new CreatePolicyVersionCommand({
              PolicyArn: arn,
              PolicyDocument: JSON.stringify(document),
              SetAsDefault: true,
            }),
          );
          return { version: toNumber(created?.VersionId) };
        } catch (error) {
          // Versions came or went since they were listed. A document that is too long is another matter.
          if (
            (isQuotaExceeded(error) && !/PolicySize/.test(error.message)) ||
            isAwsError(error, 'DeleteConflictException', 'DeleteConflict')
          )
            return {};
          throw error;
        }
      })
      .then(({ version }) => version);
  }

  findVersion({ name, arn }: Policy, version: number): Promise<PolicyVersion | undefined> {
    return this.iam.find(`look up version v${version} of policy ${name}`, async () => ({
      version,
      document: await this.document(arn, version),
    }));
  }

  async attachPolicy(policyArn: string, { kind, name }: IamIdentity): Promise<void> {
    const { client } = this.iam;
    const PolicyArn = policyArn;
    await this.iam.change(`attach ${policyArn} to ${kind} ${name}`, `${kind} ${name}`, async () => {
      if (kind === 'group') await client.send(new AttachGroupPolicyCommand({ GroupName: name, PolicyArn }));
      else if (kind === 'user') await client.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }));
      else await client.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
    });
  }

  async policyQuotas(holder: IamIdentity): Promise<PolicyQuotas | undefined> {
    try {
      return await this.iam.request(
        `look up how many policies ${holder.kind} ${holder.name} may have`,
        async () => {
          const [{ SummaryMap: quotas = {} }, attached] = await settleAll(
            this.iam.client.send(new GetAccountSummaryCommand({})),
            this.listAttached(holder),
          );
          const limit = quotas[ATTACHMENT_QUOTAS[holder.kind]] ?? DEFAULT_ATTACHMENTS;
          const policies = (quotas.PoliciesQuota ?? Number.POSITIVE_INFINITY) - (quotas.Policies ?? 0);
          return { policies, attachments: limit - attached.length };
        },
      );
    } catch (error) {
      if (AppsctlError.is(error) && error.code === 'ACCESS_DENIED') return undefined;
      throw error;
    }
  }

  attachedPolicies(holder: IamIdentity): Promise<string[]> {
    const { kind, name } = holder;
    return this.iam.change(`look up the policies of ${kind} ${name}`, `${kind} ${name}`, () =>
      this.listAttached(holder),
    );
  }

  private async listAttached({ kind, name }: IamIdentity): Promise<string[]> {
    const { client } = this.iam;
    const pages =
      kind === 'group'
        ? paginateListAttachedGroupPolicies({ client }, { GroupName: name })
        : kind === 'user'
          ? paginateListAttachedUserPolicies({ client }, { UserName: name })
          : paginateListAttachedRolePolicies({ client }, { RoleName: name });
    return collect<{ AttachedPolicies?: { PolicyArn?: string | undefined }[] | undefined }, string>(
      pages,
      (page) => page.AttachedPolicies?.map((policy) => policy.PolicyArn),
    );
  }

  private async attachedTo(arn: string): Promise<IamIdentity[]> {
    // Whose permissions boundary it is does not matter.
    const input = { PolicyArn: arn, PolicyUsageFilter: 'PermissionsPolicy' } as const;
    const pages = paginateListEntitiesForPolicy({ client: this.iam.client }, input);
    return collect(pages, ({ PolicyGroups = [], PolicyUsers = [], PolicyRoles = [] }) => [
      ...PolicyGroups.map(({ GroupName }) => ({ kind: 'group', name: required(GroupName) }) as const),
      ...PolicyUsers.map(({ UserName }) => ({ kind: 'user', name: required(UserName) }) as const),
      ...PolicyRoles.map(({ RoleName }) => ({ kind: 'role', name: required(RoleName) }) as const),
    ]);
  }

  private async defaultVersion(arn: string): Promise<number> {
    const { Policy: found } = await this.iam.client.send(new GetPolicyCommand({ PolicyArn: arn }));
    return toNumber(found?.DefaultVersionId);
  }

  /** The default version and which others there are. Two requests that do not agree on it show two states of IAM. */
  private async defaultAmongAll(arn: string): Promise<readonly [number, PolicyVersions]> {
    const reason = `until IAM shows one default version of policy ${policyName(arn)}`;
    return poll(this.iam.connection, { limitMs: AGREEMENT_LIMIT_MS, reason }, async (isLast) => {
      const pages = paginateListPolicyVersions({ client: this.iam.client }, { PolicyArn: arn });
      const [version, all] = await settleAll(
        this.defaultVersion(arn),
        collect(pages, (page) => page.Versions),
      );
      const numbers = all.map(({ VersionId }) => toNumber(VersionId));
      const inForce = all.find(({ IsDefaultVersion }) => IsDefaultVersion === true);
      if (toNumber(inForce?.VersionId) !== version && !isLast) return undefined;
      const latest = Math.max(version, ...numbers);
      if (numbers.length < MAX_VERSIONS) return [version, { latest }];
      return [version, { latest, deleteFirst: Math.min(...numbers.filter((number) => number !== version)) }];
    });
  }

  private async document(arn: string, version: number): Promise<PolicyDocument> {
    const { PolicyVersion: found } = await this.iam.client.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: `v${version}` }),
    );
    return parsePolicyDocument(policyName(arn), decodeURIComponent(required(found?.Document)));
  }

  /** Deletes a version that a request before this one may have deleted already. */
  private async deleteVersion(arn: string, version: number): Promise<void> {
    try {
      await this.iam.client.send(
        new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: `v${version}` }),
      );
    } catch (error) {
      if (!isNoSuchEntity(error)) throw error;
    }
  }
}

const DEFAULT_ATTACHMENTS = 10;
const ATTACHMENT_QUOTAS = {
  group: 'AttachedPoliciesPerGroupQuota',
  user: 'AttachedPoliciesPerUserQuota',
  role: 'AttachedPoliciesPerRoleQuota',
} as const;

function policyName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function toNumber(versionId: string | undefined): number {
  return Number(required(versionId).slice(1));
}
