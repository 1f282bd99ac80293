import { throwIfAborted } from '../../core/async/clock.js';
import { poll } from '../../core/async/poll.js';
import { LOCK_PREFIX } from '../../core/aws/resource-names.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { effectivePolicies, type PolicyChange } from '../../core/policy/invoke-policies.js';
import type { Policy } from '../../core/policy/policy.js';
import { INVOKE_GRANT, withAdditionalResources } from '../../core/policy/policy-grants.js';
import { unlessDenied } from '../unless-denied.js';
import { filterExisting } from './account-facts.js';
import type { InvokePorts, InvokeRequest } from './invoke-request.js';
import { type InvokePlan, replanInvokeAccess } from './plan-invoke-access.js';
import { acquireLock, type Lock, type LockContext, type LockObject, removeStaleLock } from './s3-lock.js';
import { writePolicy } from './write-policy.js';

/** How long something may take to be shown that IAM knows. */
const APPEARANCE_LIMIT_MS = 20_000;
/** A function that was just created is not found at once. */
const SECOND_LOOK_AFTER_MS = 3000;
/** How often the policies are written when others write them at the same time. */
const MAX_WRITE_ATTEMPTS = 5;

/** The object that is the lock of the invoke policies. */
export function policyLockKey(policyName: string): string {
  return `${LOCK_PREFIX}${policyName}.json`;
}

/** What giving the right to invoke works with. */
export interface InvokeAccessContext {
  readonly ports: InvokePorts;
  readonly lock: LockContext;
  readonly request: InvokeRequest;
  /** Is called with each policy once it is changed. */
  readonly onChange: (policyName: string, outcome: 'created' | 'updated') => void;
}

/** The right of the server to invoke an app's functions. */
export interface InvokeAccess {
  /** Changes the policies. */
  write(): Promise<void>;
  /** Makes sure that the policies in force allow everything, whoever else changed them. */
  verify(): Promise<void>;
  /** Lets other deployments change the policies. */
  release(): Promise<void>;
  /** The ARNs of the policies that let the server invoke functions. */
  readonly policyArns: readonly string[];
}

/** For functions that the server may invoke already. A lock that a killed deployment left behind is removed. */
export class AlreadyGranted implements InvokeAccess {
  /**
   * @param lockObject the lock as it was seen
   * @param isNew whether functions were created: as long as they did not exist, others may have removed their ARNs
   */
  constructor(
    private readonly context: InvokeAccessContext,
    private plan: InvokePlan,
    private readonly lockObject: LockObject | undefined,
    private readonly isNew: boolean,
  ) {}

  get policyArns(): string[] {
    return effectivePolicies(this.plan.family).map(({ arn }) => arn);
  }

  async write(): Promise<void> {}

  async verify(): Promise<void> {
    if (!this.isNew) return;
    const { ports, request } = this.context;
    this.plan = await replanInvokeAccess(ports, request, this.plan, false);
    if (this.plan.change === undefined) return;
    const update = await LockedPolicyUpdate.open(this.context, this.plan);
    try {
      await update.write();
      await update.verify();
    } finally {
      await update.release();
    }
    this.plan = update.plan;
  }

  async release(): Promise<void> {
    const { lock, request } = this.context;
    if (this.lockObject !== undefined)
      await removeStaleLock(lock, policyLockKey(request.policyName), this.lockObject);
  }
}

/**
 * Changes the policies. A plain read-modify-write would lose what others write at the same time, so this holds a lock,
 * reads again, writes, and reads what is in force. No lock protects against everything: deployments to two buckets have
 * two locks, a request may be carried out late, and IAM may answer with an older state. So a version whose number is
 * not the next one after the version that was read shows that somebody else wrote in between: both are merged.
 */
export class LockedPolicyUpdate implements InvokeAccess {
  /** What must be allowed at the end. */
  private request: InvokeRequest;
  /** What was removed because there was no function for it. */
  private removed: string[] = [];

  private constructor(
    private readonly context: InvokeAccessContext,
    private readonly lock: Lock,
    public plan: InvokePlan,
  ) {
    this.request = context.request;
  }

  /**
   * Acquires the lock and reads the policies.
   *
   * @param plan as made before
   * @throws AppsctlError LIMIT when there is no room, CONFLICT when others do not release the lock; the errors of the ports
   */
  static async open(context: InvokeAccessContext, plan: InvokePlan): Promise<LockedPolicyUpdate> {
    const { ports, request } = context;
    const { policyName } = request;
    const lock = await acquireLock(context.lock, policyLockKey(policyName), `policy ${policyName}`);
    try {
      return new LockedPolicyUpdate(context, lock, await replanInvokeAccess(ports, request, plan, true));
    } catch (error) {
      // The first error is the one to report.
      await lock.release().catch(() => undefined);
      throw error;
    }
  }

  get policyArns(): string[] {
    return effectivePolicies(this.plan.family).map(({ arn }) => arn);
  }

  async write(): Promise<void> {
    const { change } = this.plan;
    if (change === undefined) return;
    if (!(await this.areStillGone(change))) return;
    const gone = change.removed.filter((resource) => this.plan.facts?.deleted.has(resource) === true);
    await this.apply(change);
    this.removed.push(...gone);
    // What is not written, or turns out to be wrong, verify() plans again.
  }

  async verify(): Promise<void> {
    const { ports } = this.context;
    for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
      await this.addReappeared();
      this.plan = await replanInvokeAccess(ports, this.request, this.plan, false);
      if (this.plan.change === undefined) return;
      this.plan = await replanInvokeAccess(ports, this.request, this.plan, true);
      await this.write();
    }
    throw new AppsctlError('CONFLICT', `policy ${this.request.policyName} keeps being changed by others`, {
      hint: 'run the same command again later',
    });
  }

  release(): Promise<void> {
    return this.lock.release();
  }

  private async apply(change: PolicyChange): Promise<void> {
    const { ports, onChange } = this.context;
    const policy =
      change.policy === undefined ? await this.create(change) : await this.replace(change.policy, change);
    // Somebody else was faster: verify() reads what there is now and plans again.
    if (policy === undefined) return;
    for (const holder of change.attachTo) await ports.policies.attachPolicy(policy.arn, holder);
    this.remember({ ...policy, attachedTo: [...policy.attachedTo, ...change.attachTo] });
    onChange(change.name, change.policy === undefined ? 'created' : 'updated');
  }

  private async create({ name, document }: PolicyChange): Promise<Policy | undefined> {
    const { ports } = this.context;
    const [first] = this.plan.family;
    const arn = `${first.arn.slice(0, -first.name.length)}${name}`;
    const created = await ports.policies.createPolicy(arn, document);
    if (created !== undefined) return created;
    const wait = { limitMs: APPEARANCE_LIMIT_MS, reason: `until IAM shows policy ${name}` };
    const found = await poll(ports, wait, async (isLast) => {
      const policy = await ports.policies.findPolicy(arn);
      if (policy !== undefined || !isLast) return policy;
      // Names are unique, whatever the path: it may be another one.
      const elsewhere = await unlessDenied(ports.policies.locatePolicy(name));
      const other = elsewhere === undefined ? undefined : await ports.policies.findPolicy(elsewhere);
      if (other !== undefined) return other;
      throw new AppsctlError('CONFLICT', `policy ${name} exists, but IAM does not show it`, {
        hint: 'run the same command again later',
      });
    });
    this.remember(found);
    return undefined;
  }

  private replace(policy: Policy, { document, added }: PolicyChange): Promise<Policy | undefined> {
    const { ports } = this.context;
    return writePolicy(ports.policies, ports, policy, document, (between) =>
      withAdditionalResources(between, INVOKE_GRANT, added),
    );
  }

  /** Whether what is to be removed is still without functions: other deployments may have created some since. */
  private async areStillGone({ removed }: PolicyChange): Promise<boolean> {
    const { facts } = this.plan;
    const gone = removed.filter((resource) => facts?.deleted.has(resource) === true);
    if (facts === undefined || gone.length === 0) return true;
    const { clock, signal } = this.context.ports;
    // One look may have come too early.
    await clock.sleep(SECOND_LOOK_AFTER_MS, signal);
    throwIfAborted(signal);
    const { back, functions = facts.functions } = await this.lookAgain(gone);
    if (back.size === 0) return true;
    const stillGone = [...facts.deleted].filter((resource) => !back.has(resource));
    this.plan = { ...this.plan, facts: { ...facts, functions, deleted: new Set(stillGone) } };
    return false;
  }

  /** Wants what was removed to be allowed again, if there are functions for it by now: whose deployment may not have noticed. */
  private async addReappeared(): Promise<void> {
    const { back, functions = [] } = await this.lookAgain(this.removed);
    if (back.size === 0) return;
    const arns = [...back].flatMap((resource) =>
      resource.endsWith('*') ? functions.filter((arn) => arn.startsWith(resource.slice(0, -1))) : [resource],
    );
    this.removed = this.removed.filter((resource) => !back.has(resource));
    const functionArns = [...new Set([...this.request.functionArns, ...arns])];
    this.request = { ...this.request, functionArns };
  }

  /** Which ARNs and patterns there are functions for, and all functions if they had to be listed. */
  private async lookAgain(
    resources: readonly string[],
  ): Promise<{ back: ReadonlySet<string>; functions?: readonly string[] }> {
    if (resources.length === 0) return { back: new Set() };
    const ports = await this.context.ports.functions;
    const patterns = resources.filter((resource) => resource.endsWith('*'));
    const existing = await filterExisting(
      ports,
      resources.filter((resource) => !resource.endsWith('*')),
    );
    if (patterns.length === 0) return { back: existing };
    const functions = await ports.list();
    const inUse = patterns.filter((pattern) => functions.some((arn) => arn.startsWith(pattern.slice(0, -1))));
    return { back: new Set([...existing, ...inUse]), functions };
  }

  /** Notes what was written: IAM may not show it yet. */
  private remember(policy: Policy): void {
    const [first, ...further] = this.plan.family;
    if (policy.arn === first.arn) {
      this.plan = { ...this.plan, family: [policy, ...further] };
      return;
    }
    const others = further.filter(({ arn }) => arn !== policy.arn);
    this.plan = { ...this.plan, family: [first, ...others, policy] };
  }
}
