import { AppsctlError } from '../core/errors.js';
import {
  type InvokeGrant,
  type Policy,
  type PolicyChange,
  planInvokePolicies,
} from '../core/invoke-policies.js';
import { allSettled } from '../core/parallel.js';
import type { AccessManagement, Functions } from '../core/ports.js';
import { acquireLock, type Lock, type LockContext } from './lock.js';

/** How often the policies are read anew when somebody changes them without the lock. */
const ATTEMPTS = 5;

/** The object that is the lock of the invoke policies. */
export function policyLock(policyName: string): string {
  return `locks/${policyName}.json`;
}

/** What lets the server invoke functions. */
export interface InvokePorts {
  readonly access: AccessManagement;
  readonly functions: Functions;
  readonly lock: LockContext;
}

/**
 * Lets the server invoke an app's functions. Reading a policy and writing it back loses what another deployment
 * wrote in between, so this happens under a lock, from what the policies are at that moment, and is read back.
 *
 * The steps are apart, so that a deployment can read while its last assets are on their way, and read back while it
 * goes on: {@link begin}, {@link write}, {@link verify}, {@link end}.
 */
export class InvokeUpdate {
  /** What was changed. */
  readonly done: PolicyChange[] = [];
  private versions: { policy: Policy; version: string | undefined }[] = [];

  private constructor(
    private readonly ports: InvokePorts,
    private readonly grant: InvokeGrant,
    private readonly lock: Lock,
    private changes: readonly PreparedChange[],
  ) {}

  /**
   * Takes the lock and reads the policies and which functions there are.
   *
   * @param expected the changes as planned before the lock was taken: what they need is read at the same time
   * @throws AppsctlError LIMIT when there is no room, CONFLICT when others do not come to an end; the errors of the ports
   */
  static async begin(
    ports: InvokePorts,
    grant: InvokeGrant,
    expected: readonly PolicyChange[],
  ): Promise<InvokeUpdate> {
    const { policyName } = grant;
    const { access } = ports;
    const lock = await acquireLock(ports.lock, policyLock(policyName), `policy ${policyName}`);
    try {
      const [policies, existing, surplus] = await allSettled(
        access.findPolicies(policyName),
        ports.functions.list(),
        surplusVersions(access, expected),
      );
      const complete = { ...grant, existing: new Set([...existing, ...grant.functionArns]) };
      return new InvokeUpdate(ports, complete, lock, await prepare(access, policies, complete, surplus));
    } catch (error) {
      // What went wrong first is what to tell.
      await lock.release().catch(() => undefined);
      throw error;
    }
  }

  /** Changes the policies. */
  async write(): Promise<void> {
    const { access } = this.ports;
    this.versions = [];
    for (const { change, surplus, policies } of this.changes) {
      if (change.policy === undefined) {
        const created = await access.createPolicy(change.name, change.document);
        const [first] = policies;
        const groups = first === undefined ? [] : await access.policyGroups(first.arn);
        for (const group of groups) await access.attachGroupPolicy(group, created.arn);
      } else {
        const version = await access.replacePolicy(change.policy, change.document, surplus);
        this.versions.push({ policy: change.policy, version });
      }
      this.done.push(change);
    }
  }

  /**
   * Makes sure that what was written is what counts: somebody who does not know the lock may have been faster.
   *
   * @throws AppsctlError CONFLICT when the policies keep changing; the errors of the ports
   */
  async verify(): Promise<void> {
    const { access } = this.ports;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const current = await Promise.all(this.versions.map(({ policy }) => access.defaultVersion(policy)));
      if (this.versions.every(({ version }, index) => version === current[index])) return;
      const policies = await access.findPolicies(this.grant.policyName);
      this.changes = await prepare(access, policies, this.grant, new Map());
      await this.write();
    }
    throw new AppsctlError(
      'CONFLICT',
      `policy ${this.grant.policyName} keeps being changed by somebody else`,
      {
        hint: 'try again later',
      },
    );
  }

  /** Releases the lock. */
  end(): Promise<void> {
    return this.lock.release();
  }
}

interface PreparedChange {
  readonly change: PolicyChange;
  /** The version that must go first. */
  readonly surplus: string | undefined;
  readonly policies: readonly Policy[];
}

/** The versions that must go before policies can change, by the ARNs of the policies. */
type SurplusVersions = ReadonlyMap<string, string | undefined>;

async function surplusVersions(
  access: AccessManagement,
  changes: readonly PolicyChange[],
): Promise<SurplusVersions> {
  const policies = changes.flatMap(({ policy }) => policy ?? []);
  return new Map(
    await Promise.all(
      policies.map(async (policy) => [policy.arn, await access.findSurplusVersion(policy)] as const),
    ),
  );
}

/** @param known the surplus versions that need not be asked for */
async function prepare(
  access: AccessManagement,
  policies: readonly Policy[],
  grant: InvokeGrant,
  known: SurplusVersions,
): Promise<PreparedChange[]> {
  const changes = planInvokePolicies(policies, grant);
  const others = changes.filter(({ policy }) => policy !== undefined && !known.has(policy.arn));
  const surplus = new Map([...known, ...(await surplusVersions(access, others))]);
  return changes.map((change) => ({
    change,
    surplus: change.policy && surplus.get(change.policy.arn),
    policies,
  }));
}
