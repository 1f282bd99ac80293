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
/** What was read under the lock counts for so many milliseconds: well before others take it for a stale one. */
const FRESH = 15_000;

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
    private held: Held,
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
    return new InvokeUpdate(ports, grant, await hold(ports, grant, expected));
  }

  /**
   * Changes the policies. When much time has passed since they were read, they are read again first: others have
   * taken over the lock meanwhile, or are about to.
   *
   * @throws the errors of {@link begin}
   */
  async write(): Promise<void> {
    const { access, lock } = this.ports;
    if (lock.clock.now() - this.held.lock.since > FRESH) {
      await this.held.lock.release();
      this.held = await hold(this.ports, this.grant, []);
    }
    this.versions = [];
    for (const { change, surplus, policies } of this.held.changes) {
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
      const changes = await prepare(access, policies, this.held.grant, new Map());
      this.held = { ...this.held, changes };
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
    return this.held.lock.release();
  }
}

/** The lock, and what was read under it. */
interface Held {
  readonly lock: Lock;
  /** The grant, with which functions there are. */
  readonly grant: InvokeGrant;
  readonly changes: readonly PreparedChange[];
}

async function hold(
  { access, functions, lock: context }: InvokePorts,
  grant: InvokeGrant,
  expected: readonly PolicyChange[],
): Promise<Held> {
  const { policyName } = grant;
  const lock = await acquireLock(context, policyLock(policyName), `policy ${policyName}`);
  try {
    const [policies, existing, surplus] = await allSettled(
      access.findPolicies(policyName),
      functions.list(),
      surplusVersions(access, expected),
    );
    const complete = { ...grant, existing: new Set([...existing, ...grant.functionArns]) };
    return { lock, grant: complete, changes: await prepare(access, policies, complete, surplus) };
  } catch (error) {
    // What went wrong first is what to tell.
    await lock.release().catch(() => undefined);
    throw error;
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
