import { throwIfAborted } from '../../core/async/clock.js';
import { basicExecutionPolicyArn, policyArn } from '../../core/aws/arn.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome, ResourceKind } from '../../core/diagnostics/event.js';
import type { InitPlan } from '../../core/init/plan.js';
import { serverVariables } from '../../core/init/server-variables.js';
import type { InitSettings } from '../../core/init/settings.js';
import type { InitState } from '../../core/init/state.js';
import type { IamIdentity, Policy } from '../../core/policy/policy.js';
import { LAMBDA_TRUST_POLICY, withBucket } from '../../core/policy/policy-templates.js';
import type { Role } from '../../core/policy/role.js';
import type { Group, NewAccessKey, User } from '../../core/ports/iam.js';
import type { BucketSetup } from '../../core/ports/s3.js';
import { waitForPolicy, writePolicy } from '../write-policy.js';
import { applyAccessKeys } from './apply-access-keys.js';
import type { InitPorts } from './ports.js';
import type { PreparedAccount } from './prepared-account.js';

/** One run of `init` that creates and changes resources. */
export class InitRun {
  constructor(
    private readonly settings: InitSettings,
    private readonly ports: InitPorts,
    private readonly bucket: BucketSetup,
    private readonly state: InitState,
    private readonly plan: InitPlan,
  ) {}

  async apply(): Promise<PreparedAccount> {
    const { settings, ports, plan } = this;
    await ports.store?.prepare();
    const user = await this.ensureUser();
    await this.ensureBucket();
    const group = await this.ensureGroup();
    const policy = await this.ensurePolicy();
    await this.ensurePolicyOfGroup(policy);
    await this.ensureMembership(group);
    const role = await this.ensureRole();
    await this.ensureLogging();
    const resources = {
      region: settings.region,
      userArn: user.arn,
      groupArn: group.arn,
      policyArn: policy.arn,
      executionRoleArn: role.arn,
      existingAccessKeyIds: user.accessKeys?.map(({ id }) => id),
    };
    // The key comes last: what fails before it costs no key.
    const keys = await applyAccessKeys(settings, ports, plan.accessKeys, async (accessKey) => {
      await this.store(accessKey);
      await ports.saveAccessKey?.({ ...resources, accessKey });
    });
    if (!plan.accessKeys.create) await this.store(undefined);
    return { ...resources, ...keys };
  }

  /** Writes the server's variables. */
  private async store(accessKey: NewAccessKey | undefined): Promise<void> {
    const { store } = this.ports;
    if (store === undefined) return;
    const variables = serverVariables({ region: this.settings.region, bucket: this.bucket.name }, accessKey);
    const action = store.plan(variables);
    if (action !== 'unchanged') await store.write(variables);
    this.report(store.kind, store.name, OUTCOME_OF[action]);
  }

  private ensureUser(): Promise<User> {
    const { userName, path, tags, permissionsBoundary: boundary } = this.settings;
    return this.ensure('user', userName, this.state.user, () =>
      this.ports.users.createUser(userName, { path, tags, boundary }),
    );
  }

  private async ensureBucket(): Promise<void> {
    const { bucket, plan } = this;
    const { tags, kmsKey } = this.settings;
    const settings = { partition: this.state.account.partition, tags, kmsKey };
    const existing = plan.bucket === 'create' ? undefined : bucket;
    await this.ensure<unknown>('bucket', bucket.name, existing, () => bucket.create(settings));
    // The settings of a bucket that is in use are its owner's choice.
    if (plan.bucket === 'update') {
      await this.change('bucket', bucket.name, 'is private', () => bucket.secure(settings));
    }
    if (plan.cleanupRules === 'unchanged' || !this.settings.create) return;
    throwIfAborted(this.ports.signal);
    if (await bucket.addCleanupRules()) {
      this.report('bucket', bucket.name, 'updated', 'to remove abandoned uploads');
    } else {
      const message = `bucket ${bucket.name} does not remove abandoned uploads: permission to change its lifecycle rules is missing`;
      this.ports.onEvent({ type: 'warning', message });
    }
  }

  private ensureGroup(): Promise<Group> {
    const { groupName, path } = this.settings;
    return this.ensure('group', groupName, this.state.group, () =>
      this.ports.users.createGroup(groupName, path),
    );
  }

  private async ensurePolicy(): Promise<Policy> {
    const { policyName, kmsKey } = this.settings;
    const { name: bucketName } = this.bucket;
    const { partition } = this.state.account;
    const policy = await this.ensure('invoke policy', policyName, this.state.policy, () =>
      this.createPolicy(),
    );
    // Another run may have created the policy for another bucket meanwhile.
    const document = withBucket(policy.document, bucketName, partition, kmsKey);
    if (document === policy.document) return policy;
    return this.change('invoke policy', policyName, `to allow bucket ${bucketName}`, async () => {
      const written = await writePolicy(this.ports.policies, this.ports, policy, document, (concurrent) =>
        withBucket(concurrent, bucketName, partition, kmsKey),
      );
      if (written !== undefined) return written;
      throw new AppsctlError('CONFLICT', `policy ${policyName} is being changed concurrently`, {
        hint: ({ again }) => `${again} later`,
      });
    });
  }

  /** Creates the policy, or waits for the one that another run has just created. */
  private async createPolicy(): Promise<Policy> {
    const { policies } = this.ports;
    const { policyName, path, tags } = this.settings;
    const arn = policyArn(this.state.account, policyName, path);
    const created = await policies.createPolicy(arn, this.plan.policyDocument, { tags });
    return created ?? waitForPolicy(policies, this.ports, arn, policyName, { forUpdate: true });
  }

  private async ensurePolicyOfGroup({ name, arn }: Policy): Promise<void> {
    const { groupName } = this.settings;
    if (this.plan.attachment === 'unchanged') return;
    await this.attach('group', { kind: 'group', name: groupName }, arn, `with policy ${name} attached`);
  }

  private async ensureMembership({ userNames }: Group): Promise<void> {
    const { userName, groupName } = this.settings;
    if (userNames.includes(userName)) return;
    await this.change('group', groupName, `with user ${userName} added`, () =>
      this.ports.users.addUserToGroup(userName, groupName),
    );
  }

  private ensureRole(): Promise<Role> {
    const { executionRoleName, path, tags, permissionsBoundary: boundary } = this.settings;
    return this.ensure('execution role', executionRoleName, this.state.role, () =>
      this.ports.roles.createRole(executionRoleName, LAMBDA_TRUST_POLICY, { path, tags, boundary }),
    );
  }

  private async ensureLogging(): Promise<void> {
    const { executionRoleName } = this.settings;
    if (this.plan.logging === 'unchanged') return;
    const arn = basicExecutionPolicyArn(this.state.account);
    await this.attach('execution role', { kind: 'role', name: executionRoleName }, arn, 'to write logs');
  }

  private attach(kind: ResourceKind, identity: IamIdentity, arn: string, detail: string): Promise<void> {
    return this.change(kind, identity.name, detail, () => this.ports.policies.attachPolicy(arn, identity));
  }

  /** Reports a resource that exists, or creates it. */
  private async ensure<T>(
    kind: ResourceKind,
    name: string,
    existing: T | undefined,
    create: () => Promise<T>,
  ): Promise<T> {
    if (existing !== undefined) {
      this.report(kind, name, 'found');
      return existing;
    }
    throwIfAborted(this.ports.signal);
    const created = await create();
    this.report(kind, name, 'created');
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
