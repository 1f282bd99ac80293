import { settleAll } from '../../core/async/concurrency.js';
import type { LockObject } from '../locks/s3-lock.js';
import { AlreadyGranted } from './already-granted.js';
import type { InvokeAccess, InvokeAccessContext } from './invoke-access.js';
import { LockedPolicyUpdate } from './locked-policy-update.js';
import type { InvokePlan } from './plan-invoke-access.js';

/**
 * Begins to allow the server to invoke functions. Acquires the lock if the policies have to be changed.
 *
 * @param lockObject the lock as it was read with the current state
 * @param hasNewFunctions whether functions were created since the policies were read
 * @throws AppsctlError as {@link LockedPolicyUpdate.open} does
 */
export async function openInvokeAccess(
  context: InvokeAccessContext,
  plan: InvokePlan,
  lockObject: LockObject | undefined,
  hasNewFunctions: boolean,
): Promise<InvokeAccess> {
  if (plan.change !== undefined) return LockedPolicyUpdate.open(context, plan);
  return new AlreadyGranted(context, plan, lockObject, hasNewFunctions);
}

/**
 * Allows the server to invoke functions, and makes sure that it may. The caller releases the lock, unless this fails.
 *
 * @param meanwhile runs while the policies are verified
 */
export async function grantInvokeAccess(
  access: InvokeAccess,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  try {
    await access.write();
    await settleAll(access.verify(), meanwhile());
  } catch (error) {
    // The first error is the one to report.
    await access.release().catch(() => undefined);
    throw error;
  }
}
