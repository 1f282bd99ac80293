import { policyArn } from '../../core/aws/arn.js';
import { additionalPolicyNames, type InvokePolicies } from '../../core/policy/invoke-policies.js';
import type { Policy } from '../../core/policy/policy.js';
import type { PolicyService } from '../../core/ports/iam.js';
import { findPolicyByName } from '../find-policy.js';
import type { PolicyLocation } from './invoke-request.js';

/**
 * Reads the first invoke policy and the additional ones, attached or not.
 *
 * @returns undefined when the first one does not exist
 */
export async function readInvokePolicies(
  policies: PolicyService,
  location: PolicyLocation,
): Promise<InvokePolicies | undefined> {
  const first = await findFirstPolicy(policies, location);
  return first && [first, ...(await readAdditional(first, (arn) => policies.findPolicy(arn)))];
}

/** Finds the first invoke policy. Returns undefined when it does not exist. */
export async function findFirstPolicy(
  policies: PolicyService,
  { account, policyName }: PolicyLocation,
): Promise<Policy | undefined> {
  const found = await policies.findPolicy(policyArn(account, policyName));
  return found ?? findPolicyByName(policies, policyName);
}

/** Reads the additional policies that exist, whether they are attached or not. */
export async function readAdditional(
  first: Policy,
  read: (arn: string) => Promise<Policy | undefined>,
): Promise<Policy[]> {
  const found = await Promise.all(additionalPolicyNames(first.arn).map(read));
  return found.filter((policy) => policy !== undefined);
}
