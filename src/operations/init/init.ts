import { throwIfAborted } from '../../core/async/clock.js';
import { poll } from '../../core/async/poll.js';
import { type Account, basicExecutionPolicyArn, parseAccount, policyArn } from '../../core/aws/arn.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome, ResourceKind } from '../../core/diagnostics/event.js';
import type { IamIdentity, Policy } from '../../core/policy/policy.js';
import { initialInvokePolicy, LAMBDA_TRUST_POLICY, withBucket } from '../../core/policy/policy-templates.js';
import type { NewAccessKey } from '../../core/ports/iam.js';
import type { BucketSetup } from '../../core/ports/s3.js';
import { writePolicy } from '../invoke-access/write-policy.js';
import { checkInit, type InitState, readInitState } from './init-state.js';
import type { InitPorts, InitSettings } from './ports.js';

/** What an account is prepared with. */
export interface InitResult {
  readonly userArn: string;
  readonly groupArn: string;
  readonly policyArn: string;
  readonly executeRoleArn: string;
  /** The new access key, when one was asked for; its secret cannot be had again. */
  readonly accessKey: NewAccessKey | undefined;
  /** The keys that the user had before; undefined when they may not be listed. */
  readonly existingAccessKeyIds: readonly string[] | undefined;
}

/**
 * Looks at what an AWS account needs for Mattermost Apps: a bucket, a user that may only invoke functions and read the
 * bucket (through a group and its policy), and the role that functions run in. Changes nothing yet. A new access key
 * comes last, so that it cannot be lost to a failure.
 *
 * @throws AppsctlError NOT_FOUND or CONFLICT naming all that is missing or does not fit together, when nothing may be
 *   created; LIMIT when the user has no room for another key; the errors of the ports
 */
export async function prepareInit(settings: InitSettings, ports: InitPorts): Promise<PlannedInit> {
  const account = parseAccount(await ports.identity.arn());
  const bucket = ports.openBucket(account.accountId);
  const state = await readInitState(settings, ports, bucket, account);
  checkInit(settings, bucket, state, ports.onEvent);
  const preparation = new Preparation(settings, ports, bucket, account, state);
  return { apply: () => preparation.run() };
}

/** An account that has been looked at, and not changed yet. */
export interface PlannedInit {
  /** Changes what has to be changed; without `create` that is at most the new access key. */
  apply(): Promise<InitResult>;
}

/** One run of `init` that may change something. */
class Preparation {
  constructor(
    private readonly settings: InitSettings,
    private readonly ports: InitPorts,
    private readonly bucket: BucketSetup,
    private readonly account: Account,
    private readonly state: InitState,
  ) {}

  async run(): Promise<InitResult> {
    const { users, roles, accessKeys } = this.ports;
    const { userName, groupName, executeRoleName, permissionsBoundary: boundary } = this.settings;
    const user = await this.ensure('user', userName, this.state.user, () =>
      users.createUser(userName, boundary),
    );
    await this.prepareBucket();
    const group = await this.ensure('group', groupName, this.state.group, () => users.createGroup(groupName));
    const policy = await this.preparePolicy();
    await this.attach({ kind: 'group', name: groupName }, policy.arn, this.state.groupPolicies, {
      kind: 'group',
      detail: `has policy ${policy.name}`,
    });
    if (!group.userNames.includes(userName)) {
      await this.change('group', groupName, `has user ${userName}`, () =>
        users.addUserToGroup(userName, groupName),
      );
    }
    const role = await this.ensure('execute role', executeRoleName, this.state.role, () =>
      roles.createRole(executeRoleName, LAMBDA_TRUST_POLICY, boundary),
    );
    const logging = basicExecutionPolicyArn(this.account);
    await this.attach({ kind: 'role', name: executeRoleName }, logging, this.state.rolePolicies, {
      kind: 'execute role',
      detail: 'may write logs',
    });
    const accessKey = this.settings.createAccessKey
      ? await this.create(
          'access key',
          () => accessKeys.create(userName),
          ({ id }) => id,
        )
      : undefined;
    return {
      userArn: user.arn,
      groupArn: group.arn,
      policyArn: policy.arn,
      executeRoleArn: role.arn,
      accessKey,
      existingAccessKeyIds: user.accessKeyIds,
    };
  }

  private async prepareBucket(): Promise<void> {
    const { bucket, account, state } = this;
    await this.ensure('bucket', bucket.name, state.bucketExists || undefined, async () => {
      await bucket.create(account.partition);
      return true;
    });
    // An earlier run may have been cut short. A bucket that is in use keeps the settings that its owner gave it.
    if (state.bucketPartiallyCreated) {
      await this.change('bucket', bucket.name, 'is private', () => bucket.makePrivate(account.partition));
    }
    if (state.bucketHasCleanupRules || !this.settings.create) return;
    throwIfAborted(this.ports.signal);
    if (await bucket.addCleanupRules()) {
      this.report('bucket', bucket.name, 'updated', 'removes what killed deployments leave behind');
    } else {
      const message = `bucket ${bucket.name} keeps what killed deployments leave behind: its lifecycle rules cannot be changed`;
      this.ports.onEvent({ type: 'warning', message });
    }
  }

  private async preparePolicy(): Promise<Policy> {
    const { policyName } = this.settings;
    const { bucket, account } = this;
    const found = this.state.policy;
    const policy = await this.ensure('invoke policy', policyName, found, () =>
      this.createPolicy(policyArn(account, policyName), initialInvokePolicy(bucket.name, account.partition)),
    );
    const document = withBucket(policy.document, bucket.name, account.partition);
    if (document === policy.document) return policy;
    return this.change('invoke policy', policyName, `allows bucket ${bucket.name}`, async () => {
      const written = await writePolicy(this.ports.policies, this.ports, policy, document, (between) =>
        withBucket(between, bucket.name, account.partition),
      );
      if (written !== undefined) return written;
      throw new AppsctlError('CONFLICT', `policy ${policyName} keeps being changed by others`, {
        hint: 'run the same command again later',
      });
    });
  }

  /** Creates a policy; finds it when it exists by now. */
  private async createPolicy(arn: string, document: Policy['document']): Promise<Policy> {
    const { policies } = this.ports;
    const created = await policies.createPolicy(arn, document);
    if (created !== undefined) return created;
    const wait = { limitMs: 20_000, reason: `until IAM shows policy ${arn}` };
    return poll(this.ports, wait, async (isLast) => {
      const found = await policies.findPolicy(arn, { forUpdate: true });
      if (found !== undefined || !isLast) return found;
      throw new AppsctlError('CONFLICT', `policy ${arn} exists, but IAM does not show it`, {
        hint: 'run the same command again later',
      });
    });
  }

  private async attach(
    holder: IamIdentity,
    arn: string,
    attached: readonly string[],
    { kind, detail }: { kind: ResourceKind; detail: string },
  ): Promise<void> {
    if (attached.includes(arn)) return;
    await this.change(kind, holder.name, detail, () => this.ports.policies.attachPolicy(arn, holder));
  }

  private async ensure<T>(
    kind: ResourceKind,
    name: string,
    found: T | undefined,
    create: () => Promise<T>,
  ): Promise<T> {
    if (found === undefined) return this.create(kind, create, () => name);
    this.report(kind, name, 'found');
    return found;
  }

  private async create<T>(
    kind: ResourceKind,
    create: () => Promise<T>,
    nameOf: (created: T) => string,
  ): Promise<T> {
    throwIfAborted(this.ports.signal);
    const created = await create();
    this.report(kind, nameOf(created), 'created');
    return created;
  }

  private async change<T>(
    kind: ResourceKind,
    name: string,
    detail: string,
    change: () => Promise<T>,
  ): Promise<T> {
    throwIfAborted(this.ports.signal);
    const result = await change();
    this.report(kind, name, 'updated', detail);
    return result;
  }

  private report(kind: ResourceKind, name: string, outcome: Outcome, detail?: string): void {
    this.ports.onEvent({ type: 'resource', kind, name, outcome, ...(detail !== undefined && { detail }) });
  }
}
