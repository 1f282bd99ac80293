import { poll, type WaitContext } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome } from '../../core/diagnostics/event.js';
import type { Policy } from '../../core/policy/policy.js';
import { grantedResources, INVOKE_GRANT, withoutGrantedResources } from '../../core/policy/policy-grants.js';
import { type PolicyRevocation, planRevocation, type Revocation } from '../../core/policy/revoke.js';
import type { PolicyService } from '../../core/ports/iam.js';
import type { IamRemoval } from '../../core/ports/iam-removal.js';
import { PROPAGATION_LIMIT_MS } from '../../core/timeouts.js';
import { SECOND } from '../../core/units.js';
import { acquireLock, type LockContext, removeStaleLock } from '../locks/s3-lock.js';
import { MAX_WRITE_ATTEMPTS, writePolicy } from '../write-policy.js';
import { policyLockKey } from './invoke-access.js';
import type { PolicyLocation } from './invoke-request.js';
import { readInvokePolicies } from './read-policies.js';

/** How long IAM may return policies that do not allow yet what was deployed a moment ago. */
const STALE_READ_WAIT_MS = 10 * SECOND;

/** How additional policies are deleted. */
export type RevokeRemoval = Pick<
  IamRemoval,
  'findEntity' | 'isDefaultVersion' | 'removeAttachment' | 'deleteEntity'
>;

/** What revoking needs. */
export interface RevokePorts extends WaitContext {
  readonly policies: PolicyService;
  readonly iamRemoval: RevokeRemoval;
}

/** How the invoke policies change so that they no longer allow functions. */
export interface RevocationPlan {
  readonly policies: readonly Policy[];
  readonly changes: readonly PolicyRevocation[];
}

/**
 * Reads all invoke policies, and plans how they change.
 *
 * @param expectedArns functions that should be allowed: waits a moment for IAM to show that they are
 * @returns no changes when there are no policies
 */
export async function planRevokeAccess(
  ports: RevokePorts,
  location: PolicyLocation,
  revocation: Revocation,
  expectedArns: readonly string[],
): Promise<RevocationPlan> {
  const wait = {
    limitMs: STALE_READ_WAIT_MS,
    reason: `for policy ${location.policyName} to propagate in IAM`,
  };
  const policies = await poll(ports, wait, async (isLast) => {
    const family = (await readInvokePolicies(ports.policies, location)) ?? [];
    const resources = family.flatMap(({ document }) => grantedResources(document, INVOKE_GRANT));
    const isComplete = expectedArns.every((arn) => resources.some((resource) => isMatch(resource, arn)));
    return isComplete || isLast ? family : undefined;
  });
  const changes = planChanges(policies, policies[0], revocation);
  for (const { policy, document } of changes) {
    // Fails before anything is changed if the deploy key is not allowed to list the policy's versions.
    if (document !== undefined)
      await ports.policies.findPolicy(policy.arn, { known: policy, forUpdate: true });
  }
  return { policies, changes };
}

function isMatch(resource: string, arn: string): boolean {
  return resource.endsWith('*') ? arn.startsWith(resource.slice(0, -1)) : resource === arn;
}

function planChanges(
  policies: readonly Policy[],
  first: Policy | undefined,
  revocation: Revocation,
): PolicyRevocation[] {
  return policies.flatMap((policy) => planRevocation(policy, policy.arn === first?.arn, revocation) ?? []);
}

/** What {@link revokeAccess} needs. */
export interface RevokeContext {
  readonly ports: RevokePorts;
  readonly lock: LockContext;
  readonly location: PolicyLocation;
  readonly revocation: Revocation;
  /** Called with each policy once it has been changed. */
  readonly report: (policyName: string, outcome: Outcome) => void;
}

/**
 * Changes the invoke policies so that they no longer allow functions: under the lock, from a fresh read, until IAM shows
 * the result. A concurrent change of a deployment that holds another lock is kept, as {@link writePolicy} merges both.
 *
 * @param plan as read before; policies that need no change are not read again
 * @throws AppsctlError CONFLICT when other deployments keep changing the policies; the errors of the ports
 */
export async function revokeAccess(context: RevokeContext, plan: RevocationPlan): Promise<void> {
  const { lock, location } = context;
  if (plan.changes.length === 0) return removeLeftLock(lock, policyLockKey(location.policyName));
  const held = await acquireLock(lock, policyLockKey(location.policyName), `policy ${location.policyName}`);
  try {
    await applyRevocation(context, plan);
  } catch (error) {
    // The first error is the one to report.
    await held.release().catch(() => undefined);
    throw error;
  }
  await held.release();
}

/** Removes the lock of a removal that was killed after it had changed the policies. */
async function removeLeftLock(lock: LockContext, key: string): Promise<void> {
  const found = await lock.store.getWithEtag(key);
  if (found !== undefined) await removeStaleLock(lock, key, found);
}

async function applyRevocation(context: RevokeContext, plan: RevocationPlan): Promise<void> {
  const { ports, location, revocation } = context;
  let known = plan.changes.map(({ policy }) => policy);
  for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
    const read = await Promise.all(known.map((policy) => readAgain(ports, policy)));
    const current = read.filter((policy) => policy !== undefined);
    const changes = planChanges(current, plan.policies[0], revocation);
    if (changes.length === 0) return;
    known = [];
    for (const change of changes) known.push(...(await applyChange(context, change)));
  }
  const message = `other deployments keep changing policy ${location.policyName}`;
  throw new AppsctlError('CONFLICT', message, { hint: ({ again }) => `${again} later` });
}

/** @returns the policy as it is to be verified; nothing for one that was deleted */
async function applyChange(
  { ports, report }: RevokeContext,
  { policy, document, removed }: PolicyRevocation,
): Promise<Policy[]> {
  if (document === undefined) {
    // Otherwise another deployment has written it, which the read did not show yet.
    if (!(await ports.iamRemoval.isDefaultVersion(policy.arn, policy.version))) {
      const newer = await readAgain(ports, policy, policy.version + 1);
      return newer === undefined ? [] : [newer];
    }
    await deletePolicy(policy, ports);
    report(policy.name, 'removed');
    return [];
  }
  const written = await writePolicy(
    ports.policies,
    ports,
    policy,
    document,
    (concurrent) => withoutGrantedResources(concurrent, INVOKE_GRANT, removed) ?? concurrent,
  );
  if (written === undefined) return [policy];
  report(policy.name, 'updated');
  return [written];
}

/** @throws AppsctlError CONFLICT when it is in use as a permissions boundary, which only its owner should change */
async function deletePolicy({ name, arn }: Policy, { iamRemoval, ...ports }: RevokePorts): Promise<void> {
  const entity = { kind: 'policy', name, arn } as const;
  const wait = { limitMs: PROPAGATION_LIMIT_MS, reason: `until policy ${name} can be deleted` };
  await poll(ports, wait, async (isLast) => {
    const found = await iamRemoval.findEntity(entity);
    for (const attachment of found?.attachments ?? []) {
      if (!attachment.kind.startsWith('permissions boundary'))
        await iamRemoval.removeAttachment(entity, attachment);
    }
    const obstacle = await iamRemoval.deleteEntity(entity);
    if (obstacle === undefined) return true;
    if (!isLast) return undefined;
    throw new AppsctlError('CONFLICT', `cannot delete policy ${name}: ${obstacle}`, {
      hint: ({ again }) => `${again} once nothing else uses the policy`,
    });
  });
}

/**
 * Reads a policy, and waits while IAM returns an older version.
 *
 * @param version the one that there is at least
 * @returns undefined if it was deleted
 */
async function readAgain(
  ports: RevokePorts,
  known: Policy,
  version: number = known.version,
): Promise<Policy | undefined> {
  const subject = `version v${version} of policy ${known.name}`;
  const wait = { limitMs: PROPAGATION_LIMIT_MS, reason: `for ${subject} to propagate in IAM` };
  const found = await poll(ports, wait, async (isLast) => {
    const policy = await ports.policies.findPolicy(known.arn, { known, forUpdate: true });
    if (policy !== undefined && policy.version >= version) return { policy };
    if (!isLast) return undefined;
    if (policy === undefined) return { policy };
    const message = `${subject} did not propagate in IAM within ${PROPAGATION_LIMIT_MS / SECOND} s`;
    throw new AppsctlError('SERVICE', message, { hint: ({ again }) => `${again} later` });
  });
  return found.policy;
}
