import { LOCK_PREFIX } from '../../core/aws/resource-names.js';
import { effectivePolicies } from '../../core/policy/invoke-policies.js';
import type { LockContext } from '../locks/s3-lock.js';
import type { InvokePorts, InvokeRequest } from './invoke-request.js';
import type { InvokePlan } from './plan-invoke-access.js';

/**
 * The right of the server to invoke an app's functions. A deployment calls `write`, `verify` and `release` in this order,
 * and `release` also when one of the others fails.
 */
export interface InvokeAccess {
  /** Changes the invoke policies. */
  write(): Promise<void>;
  /** Makes sure that the policies in effect allow all functions, even if other deployments changed them meanwhile. */
  verify(): Promise<void>;
  /** Lets other deployments change the policies. */
  release(): Promise<void>;
  /** The ARNs of the policies that allow the server to invoke functions. */
  readonly policyArns: readonly string[];
}

/** What the implementations of {@link InvokeAccess} have in common. */
export interface InvokeAccessContext {
  readonly ports: InvokePorts;
  readonly lock: LockContext;
  readonly request: InvokeRequest;
  /** Called with each policy once it has been changed, or with the first one if none had to be. */
  readonly report: (policyName: string, outcome: 'created' | 'updated' | 'unchanged') => void;
}

/** The key of the object that is the lock of the invoke policies. */
export function policyLockKey(policyName: string): string {
  return `${LOCK_PREFIX}${policyName}.json`;
}

/** The ARNs of the policies that are attached. */
export function effectivePolicyArns({ policies }: InvokePlan): string[] {
  return effectivePolicies(policies).map(({ arn }) => arn);
}
