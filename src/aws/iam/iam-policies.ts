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
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import type { IamIdentity, Policy, PolicyVersion, PolicyVersions } from '../../core/policy/policy.js';
import { type PolicyDocument, parsePolicyDocument } from '../../core/policy/policy-document.js';
import type { FindPolicyOptions, NewEntity, PolicyQuotas, PolicyService } from '../../core/ports/iam.js';
import { PROPAGATION_LIMIT_MS } from '../../core/timeouts.js';
import { isAwsError, isNoSuchEntity, isQuotaExceeded, required } from '../client/aws-error.js';
import { collect } from '../client/collect.js';
import { retryUntilConsistent } from '../client/consistency.js';
import { alreadyExists, entityInput, type IamService } from './iam-service.js';

/** The versions that a policy can have at a time. */
const MAX_VERSIONS = 5;
/** The largest page that IAM returns. */
const MAX_PAGE_ITEMS = 1000;

/** Managed policies in IAM. */
export class IamPolicies implements PolicyService {
  constructor(private readonly iam: IamService) {}

  findPolicy(arn: string, { known, forUpdate = false }: FindPolicyOptions = {}): Promise<Policy | undefined> {
    const name = parsePolicyName(arn);
    const readVersion = async (): Promise<readonly [number, PolicyVersions?]> =>
      forUpdate ? this.readVersions(arn) : [await this.readDefaultVersion(arn)];
    const readDocument = async (version: number): Promise<PolicyDocument> =>
      version === known?.version
        ? known.document
        : // Retried, because the version exists and may only not have propagated yet.
          retryUntilConsistent(this.iam.connection, `policy ${name}`, () => this.readDocument(arn, version));
    return this.iam.find(`look up policy ${name}`, async () => {
      // For a policy that may not exist, the other requests wait until it is found.
      const [attachedToKnown, [version, versions]] = await settleAll(
        known === undefined ? Promise.resolve(undefined) : this.readAttachedTo(arn),
        readVersion(),
      );
      const [document, attachedTo] = await settleAll(
        readDocument(version),
        attachedToKnown === undefined ? this.readAttachedTo(arn) : Promise.resolve(attachedToKnown),
      );
      return { name, arn, version, document, attachedTo, ...(versions !== undefined && { versions }) };
    });
  }

  locatePolicy(name: string): Promise<string | undefined> {
    return this.iam.request(`look up policy ${name}`, async () => {
      const pages = paginateListPolicies(
        { client: this.iam.client, pageSize: MAX_PAGE_ITEMS },
        { Scope: 'Local' },
      );
      const found = await collect(pages, (page) => page.Policies);
      return found.find((policy) => policy.PolicyName === name)?.Arn;
    });
  }

  createPolicy(
    arn: string,
    document: PolicyDocument,
    { tags = {} }: Pick<NewEntity, 'tags'> = {},
  ): Promise<Policy | undefined> {
    const name = parsePolicyName(arn);
    const Path = arn.slice(arn.indexOf(':policy/') + ':policy'.length, -name.length);
    return this.iam.request(`create policy ${name}`, async () => {
      try {
        await this.iam.client.send(
          new CreatePolicyCommand({
            ...{ PolicyName: name, PolicyDocument: JSON.stringify(document) },
            ...entityInput({ path: Path, tags }),
          }),
        );
        return { name, arn, version: 1, document, attachedTo: [] };
      } catch (error) {
        if (alreadyExists(error)) return undefined;
        throw error;
      }
    });
  }

  addVersion({ name, arn, versions }: Policy, document: PolicyDocument): Promise<number | undefined> {
    const { client } = this.iam;
    return this.iam
      .requestUntilConsistent(`update policy ${name}`, `policy ${name}`, async () => {
        try {
          if (versions?.deleteFirst !== undefined) await this.deleteVersion(arn, versions.deleteFirst);
          const { PolicyVersion: created } = await client.send(
            new CreatePolicyVersionCommand({
              PolicyArn: arn,
              PolicyDocument: JSON.stringify(document),
              SetAsDefault: true,
            }),
          );
          return { version: parseVersionNumber(created?.VersionId) };
        } catch (error) {
          // The versions changed since they were listed. PolicySize is about a document that is too long.
          if (
            (isQuotaExceeded(error) && !/PolicySize/.test(error.message)) ||
            isAwsError(error, 'DeleteConflict')
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
      document: await this.readDocument(arn, version),
    }));
  }

  async attachPolicy(policyArn: string, { kind, name }: IamIdentity): Promise<void> {
    const { client } = this.iam;
    const PolicyArn = policyArn;
    await this.iam.requestUntilConsistent(
      `attach ${policyArn} to ${kind} ${name}`,
      `${kind} ${name}`,
      async () => {
        if (kind === 'group') await client.send(new AttachGroupPolicyCommand({ GroupName: name, PolicyArn }));
        else if (kind === 'user')
          await client.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }));
        else await client.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
      },
    );
  }

  policyQuotas(identity: IamIdentity): Promise<PolicyQuotas | undefined> {
    const action = `look up the policy quotas of ${identity.kind} ${identity.name}`;
    const quotas = this.iam.request(action, async () => {
      const [{ SummaryMap: summary = {} }, attached] = await settleAll(
        this.iam.client.send(new GetAccountSummaryCommand({})),
        this.listAttached(identity),
      );
      const limit = summary[ATTACHMENT_QUOTAS[identity.kind]] ?? DEFAULT_ATTACHMENTS_QUOTA;
      const policies = (summary.PoliciesQuota ?? Number.POSITIVE_INFINITY) - (summary.Policies ?? 0);
      return { policies, attachments: limit - attached.length };
    });
    return unlessDenied(quotas);
  }

  attachedPolicies(identity: IamIdentity): Promise<string[]> {
    const { kind, name } = identity;
    return this.iam.requestUntilConsistent(`look up the policies of ${kind} ${name}`, `${kind} ${name}`, () =>
      this.listAttached(identity),
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

  private async readAttachedTo(arn: string): Promise<IamIdentity[]> {
    // Without the identities for which the policy is only a permissions boundary.
    const input = { PolicyArn: arn, PolicyUsageFilter: 'PermissionsPolicy' } as const;
    const pages = paginateListEntitiesForPolicy({ client: this.iam.client }, input);
    return collect(pages, ({ PolicyGroups = [], PolicyUsers = [], PolicyRoles = [] }) => [
      ...PolicyGroups.map(({ GroupName }) => ({ kind: 'group', name: required(GroupName) }) as const),
      ...PolicyUsers.map(({ UserName }) => ({ kind: 'user', name: required(UserName) }) as const),
      ...PolicyRoles.map(({ RoleName }) => ({ kind: 'role', name: required(RoleName) }) as const),
    ]);
  }

  private async readDefaultVersion(arn: string): Promise<number> {
    const { Policy: found } = await this.iam.client.send(new GetPolicyCommand({ PolicyArn: arn }));
    return parseVersionNumber(found?.DefaultVersionId);
  }

  /** Reads the default version and all versions, again if two requests return different states of the policy. */
  private async readVersions(arn: string): Promise<readonly [number, PolicyVersions]> {
    const reason = `for the default version of policy ${parsePolicyName(arn)} to propagate in AWS`;
    return poll(this.iam.connection, { limitMs: PROPAGATION_LIMIT_MS, reason }, async (isLast) => {
      const pages = paginateListPolicyVersions({ client: this.iam.client }, { PolicyArn: arn });
      const [version, all] = await settleAll(
        this.readDefaultVersion(arn),
        collect(pages, (page) => page.Versions),
      );
      const numbers = all.map(({ VersionId }) => parseVersionNumber(VersionId));
      const defaultVersion = all.find(({ IsDefaultVersion }) => IsDefaultVersion === true);
      if (parseVersionNumber(defaultVersion?.VersionId) !== version && !isLast) return undefined;
      const latest = Math.max(version, ...numbers);
      if (numbers.length < MAX_VERSIONS) return [version, { latest }];
      return [version, { latest, deleteFirst: Math.min(...numbers.filter((number) => number !== version)) }];
    });
  }

  private async readDocument(arn: string, version: number): Promise<PolicyDocument> {
    const { PolicyVersion: found } = await this.iam.client.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: `v${version}` }),
    );
    return parsePolicyDocument(parsePolicyName(arn), decodeURIComponent(required(found?.Document)));
  }

  /** Deletes a version, unless an earlier attempt has already deleted it. */
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

const DEFAULT_ATTACHMENTS_QUOTA = 10;
const ATTACHMENT_QUOTAS = {
  group: 'AttachedPoliciesPerGroupQuota',
  user: 'AttachedPoliciesPerUserQuota',
  role: 'AttachedPoliciesPerRoleQuota',
} as const;

function parsePolicyName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function parseVersionNumber(versionId: string | undefined): number {
  return Number(required(versionId).slice(1));
}
