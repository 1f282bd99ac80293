import { unlessDenied } from '../core/diagnostics/unless-denied.js';
import type { Policy } from '../core/policy/policy.js';
import type { FindPolicyOptions, PolicyService } from '../core/ports/iam.js';

/**
 * Finds a policy by its name, which is unique in an account regardless of the path. A policy with a path other than `/`
 * is found only by listing all policies, which the credentials may not be allowed to.
 *
 * @returns undefined when there is none, or when policies cannot be listed
 */
export async function findPolicyByName(
  policies: PolicyService,
  name: string,
  options?: FindPolicyOptions,
): Promise<Policy | undefined> {
  const arn = await unlessDenied(policies.locatePolicy(name));
  return arn === undefined ? undefined : policies.findPolicy(arn, options);
}
