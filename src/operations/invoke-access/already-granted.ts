import { type LockObject, removeStaleLock } from '../locks/s3-lock.js';
import {
  effectivePolicyArns,
  type InvokeAccess,
  type InvokeAccessContext,
  policyLockKey,
} from './invoke-access.js';
import { LockedPolicyUpdate } from './locked-policy-update.js';
import { type InvokePlan, replanInvokeAccess } from './plan-invoke-access.js';

/** For functions that the server is already allowed to invoke. Also removes a stale lock. */
export class AlreadyGranted implements InvokeAccess {
  /**
   * @param lockObject the lock as it was read with the current state
   * @param hasNewFunctions whether functions were created: before they existed, another deployment may have removed
   *   their ARNs from a full policy
   */
  constructor(
    private readonly context: InvokeAccessContext,
    private plan: InvokePlan,
    private readonly lockObject: LockObject | undefined,
    private readonly hasNewFunctions: boolean,
  ) {}

  get policyArns(): string[] {
    return effectivePolicyArns(this.plan);
  }

  async write(): Promise<void> {}

  async verify(): Promise<void> {
    const { ports, request, report } = this.context;
    if (this.hasNewFunctions) {
      this.plan = await replanInvokeAccess(ports, request, this.plan, { forUpdate: false });
    }
    if (this.plan.change === undefined) {
      report(request.policyName, 'unchanged');
      return;
    }
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
    if (this.lockObject === undefined) return;
    await removeStaleLock(lock, policyLockKey(request.policyName), this.lockObject);
  }
}
