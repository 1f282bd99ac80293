import { throwIfAborted } from '../../core/async/clock.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { PolicyChange } from '../../core/policy/invoke-policies.js';
import type { Policy } from '../../core/policy/policy.js';
import { INVOKE_GRANT, withAdditionalResources } from '../../core/policy/policy-grants.js';
import { SECOND } from '../../core/units.js';
import { acquireLock, type Lock } from '../locks/s3-lock.js';
import { MAX_WRITE_ATTEMPTS, waitForPolicy, writePolicy } from '../write-policy.js';
import { findResourcesInUse, matchingFunctions } from './functions-in-use.js';
import {
  effectivePolicyArns,
  type InvokeAccess,
  type InvokeAccessContext,
  policyLockKey,
} from './invoke-access.js';
import type { InvokeRequest } from './invoke-request.js';
import { type InvokePlan, replanInvokeAccess } from './plan-invoke-access.js';

/** Lambda may take this long to find a function that was just created: deleted functions are looked up twice. */
const SECOND_LOOKUP_AFTER_MS = 3 * SECOND;

/**
 * Changes the invoke policies. A plain read-modify-write would lose concurrent changes, so the update holds a lock, starts
 * from a fresh read and verifies its result.
 *
 * The lock alone is not enough: deployments to two buckets use two locks, a request may be processed late, and IAM may
 * return an outdated policy. A version number that does not follow the one that was read reveals a concurrent change;
 * {@link writePolicy} merges both.
 */
export class LockedPolicyUpdate implements InvokeAccess {
  /** Also gains functions whose ARNs were removed but that exist again. */
  private request: InvokeRequest;
  /** ARNs and patterns that were removed because their functions had been deleted. */
  private removed: string[] = [];
  private hasChanged = false;

  private constructor(
    private readonly context: InvokeAccessContext,
    private readonly lock: Lock,
    public plan: InvokePlan,
  ) {
    this.request = context.request;
  }

  /**
   * Acquires the lock, and reads the policies and plans again.
   *
   * @throws AppsctlError LIMIT when the policies are full, CONFLICT when other deployments do not release the lock; the
   *   errors of the ports
   */
  static async open(context: InvokeAccessContext, plan: InvokePlan): Promise<LockedPolicyUpdate> {
    const { ports, request } = context;
    const { policyName } = request;
    const lock = await acquireLock(context.lock, policyLockKey(policyName), `policy ${policyName}`);
    try {
      const newPlan = await replanInvokeAccess(ports, request, plan, { forUpdate: true });
      return new LockedPolicyUpdate(context, lock, newPlan);
    } catch (error) {
      // The first error is the one to report.
      await lock.release().catch(() => undefined);
      throw error;
    }
  }

  get policyArns(): string[] {
    return effectivePolicyArns(this.plan);
  }

  /** Writes what is planned. If that turns out to be outdated, writes nothing: {@link verify} plans again. */
  async write(): Promise<void> {
    const { change, facts } = this.plan;
    if (change === undefined) return;
    const deleted = change.removed.filter((resource) => facts?.deleted.has(resource) === true);
    if (!(await this.areStillDeleted(deleted))) return;
    await this.apply(change);
    this.removed.push(...deleted);
  }

  async verify(): Promise<void> {
    const { ports, report } = this.context;
    for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
      await this.addRecreatedFunctions();
      this.plan = await replanInvokeAccess(ports, this.request, this.plan, { forUpdate: false });
      if (this.plan.change === undefined) {
        // Other deployments have allowed the functions since they were planned.
        if (!this.hasChanged) report(this.request.policyName, 'unchanged');
        return;
      }
      this.plan = await replanInvokeAccess(ports, this.request, this.plan, { forUpdate: true });
      await this.write();
    }
    const message = `other deployments keep changing policy ${this.request.policyName}`;
    throw new AppsctlError('CONFLICT', message, { hint: ({ again }) => `${again} later` });
  }

  release(): Promise<void> {
    return this.lock.release();
  }

  private async apply(change: PolicyChange): Promise<void> {
    const { ports, report } = this.context;
    const policy =
      change.policy === undefined ? await this.create(change) : await this.replace(change.policy, change);
    // Changed concurrently: verify() plans again.
    if (policy === undefined) return;
    for (const identity of change.attachTo) await ports.policies.attachPolicy(policy.arn, identity);
    this.remember({ ...policy, attachedTo: [...policy.attachedTo, ...change.attachTo] });
    this.hasChanged = true;
    report(change.name, change.policy === undefined ? 'created' : 'updated');
  }

  /** Creates an additional policy; returns undefined when another deployment has just done so. */
  private async create({ name, document }: PolicyChange): Promise<Policy | undefined> {
    const { ports } = this.context;
    const [first] = this.plan.policies;
    const arn = `${first.arn.slice(0, -first.name.length)}${name}`;
    const created = await ports.policies.createPolicy(arn, document);
    if (created === undefined) this.remember(await waitForPolicy(ports.policies, ports, arn, name));
    return created;
  }

  private replace(policy: Policy, { document, added }: PolicyChange): Promise<Policy | undefined> {
    const { ports } = this.context;
    return writePolicy(ports.policies, ports, policy, document, (concurrent) =>
      withAdditionalResources(concurrent, INVOKE_GRANT, added),
    );
  }

  /** Whether there are still no functions for what will be removed: other deployments may have created some since. */
  private async areStillDeleted(resources: readonly string[]): Promise<boolean> {
    const { facts } = this.plan;
    if (facts === undefined || resources.length === 0) return true;
    const { clock, signal, functions } = this.context.ports;
    await clock.sleep(SECOND_LOOKUP_AFTER_MS, signal);
    throwIfAborted(signal);
    const found = await findResourcesInUse(await functions, resources);
    if (found.inUse.size === 0) return true;
    const deleted = new Set([...facts.deleted].filter((resource) => !found.inUse.has(resource)));
    const newFacts = { ...facts, functions: found.functions ?? facts.functions, deleted };
    this.plan = { ...this.plan, facts: newFacts };
    return false;
  }

  /**
   * Adds functions back whose ARNs were removed but that exist now: the deployment that created them may have read the
   * policies before they were removed.
   */
  private async addRecreatedFunctions(): Promise<void> {
    if (this.removed.length === 0) return;
    const { inUse, functions = [] } = await findResourcesInUse(
      await this.context.ports.functions,
      this.removed,
    );
    const arns = [...inUse].flatMap((resource) => matchingFunctions(resource, functions));
    this.removed = this.removed.filter((resource) => !inUse.has(resource));
    const functionArns = [...new Set([...this.request.functionArns, ...arns])];
    this.request = { ...this.request, functionArns };
  }

  /** Records a policy that was just written, because IAM may still return an older version. */
  private remember(policy: Policy): void {
    const [first, ...additional] = this.plan.policies;
    const policies: InvokePlan['policies'] =
      policy.arn === first.arn
        ? [policy, ...additional]
        : [first, ...additional.filter(({ arn }) => arn !== policy.arn), policy];
    this.plan = { ...this.plan, policies };
  }
}
