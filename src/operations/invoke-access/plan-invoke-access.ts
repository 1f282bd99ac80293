import { poll, type WaitContext } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import {
  type AccountFacts,
  additionalPolicyNames,
  type PolicyChange,
  planInvokePolicies,
} from '../../core/policy/invoke-policies.js';
import { isSameIdentity, type Policy } from '../../core/policy/policy.js';
import { MINUTE, SECOND } from '../../core/units.js';
import { readAccountFacts } from './account-facts.js';
import type { InvokePorts, InvokeRequest, PolicyLocation } from './invoke-request.js';
import { findFirstPolicy, readAdditional } from './read-policies.js';

/** How long IAM may return an outdated policy; usually it is a second or two. */
const STALE_READ_LIMIT_MS = 2 * MINUTE;
/** How long IAM may take to show that a policy has been attached. */
const ATTACHMENT_WAIT_MS = 10 * SECOND;

/** How the invoke policies change so that the server is allowed to invoke an app's functions. */
export interface InvokePlan {
  /** The first policy and, if that one is full, the additional ones. */
  readonly policies: readonly [Policy, ...Policy[]];
  /** Read when all policies are full; undefined before. */
  readonly facts: AccountFacts | undefined;
  /** Undefined when everything is allowed already. */
  readonly change: PolicyChange | undefined;
}

type ReadPolicy = (arn: string) => Promise<Policy | undefined>;

/**
 * Reads the first invoke policy.
 *
 * @throws AppsctlError NOT_FOUND when it does not exist, CONFLICT when it is not attached; the errors of the ports
 */
export async function readFirstPolicy(
  ports: Pick<InvokePorts, 'policies' | keyof WaitContext>,
  location: PolicyLocation,
): Promise<Policy> {
  const read: ReadPolicy = (arn) => ports.policies.findPolicy(arn);
  return requireAttached(ports, location, await findFirstPolicy(ports.policies, location), read);
}

/**
 * Plans how the server is allowed to invoke functions. Additional policies are read only when the first one is full,
 * and the account's functions, manifests and quotas only when all of them are.
 *
 * @param first what {@link readFirstPolicy} returns
 * @throws AppsctlError the errors of {@link planInvokePolicies} and of the ports
 */
export async function planInvokeAccess(
  ports: InvokePorts,
  request: InvokeRequest,
  first: Promise<Policy>,
): Promise<InvokePlan> {
  const plan = await planFrom(ports, request, await first, (arn) => ports.policies.findPolicy(arn));
  const known = plan.change?.policy;
  // Fails before anything is changed if the deploy key is not allowed to list the policy's versions.
  if (known !== undefined) await ports.policies.findPolicy(known.arn, { known, forUpdate: true });
  return plan;
}

/**
 * Reads the policies again and plans again.
 *
 * @param previous the policies as read or written before; waits while IAM returns older ones
 * @param options.forUpdate whether the policies are about to be changed
 * @throws AppsctlError the errors of {@link readFirstPolicy} and {@link planInvokeAccess}
 */
export async function replanInvokeAccess(
  ports: InvokePorts,
  request: InvokeRequest,
  previous: InvokePlan,
  { forUpdate }: { readonly forUpdate: boolean },
): Promise<InvokePlan> {
  const read: ReadPolicy = (arn) =>
    readPolicy(
      ports,
      arn,
      previous.policies.find((policy) => policy.arn === arn),
      forUpdate,
    );
  const first = await requireAttached(ports, request, await read(previous.policies[0].arn), read);
  return planFrom(ports, request, first, read, previous);
}

async function planFrom(
  ports: InvokePorts,
  request: InvokeRequest,
  first: Policy,
  read: ReadPolicy,
  previous?: InvokePlan,
): Promise<InvokePlan> {
  const { functionArns } = request;
  const knownFacts = previous?.facts;
  const firstChange = planInvokePolicies([first], functionArns, undefined);
  if (firstChange !== 'needs-account-facts') {
    return { policies: [first], facts: knownFacts, change: firstChange };
  }
  const additional =
    previous === undefined ? await readAdditional(first, read) : await rereadAdditional(previous, read);
  const policies = [first, ...additional] as const;
  const change = planInvokePolicies(policies, functionArns, knownFacts);
  if (change !== 'needs-account-facts') return { policies, facts: knownFacts, change };
  const facts = await readAccountFacts(ports, request, policies);
  return { policies, facts, change: planInvokePolicies(policies, functionArns, facts) };
}

/** Waits until the first policy is attached. */
async function requireAttached(
  ports: WaitContext,
  { policyName }: PolicyLocation,
  policy: Policy | undefined,
  read: ReadPolicy,
): Promise<Policy> {
  if (policy === undefined) {
    throw new AppsctlError('NOT_FOUND', `policy ${policyName} does not exist`, {
      hint: (vocabulary) =>
        `check ${vocabulary.policy}, or prepare the account with: ${vocabulary.initCommand}`,
    });
  }
  if (policy.attachedTo.length > 0) return policy;
  const wait = { limitMs: ATTACHMENT_WAIT_MS, reason: `for policy ${policyName} to be attached` };
  return poll(ports, wait, async (isLast) => {
    const current = await read(policy.arn);
    if (current !== undefined && current.attachedTo.length > 0) return current;
    if (!isLast) return undefined;
    const message = `policy ${policyName} is not attached to any group, so the server cannot use it`;
    throw new AppsctlError('CONFLICT', message, {
      hint: ({ initCommand }) => `attach it with: ${initCommand}`,
    });
  });
}

/** The additional policies that existed before, and those that were created since: each gets the first free number. */
async function rereadAdditional({ policies }: InvokePlan, read: ReadPolicy): Promise<Policy[]> {
  const [first, ...additional] = policies;
  const found = await Promise.all(additional.map(({ arn }) => read(arn)));
  const known = new Set(additional.map(({ arn }) => arn));
  for (const arn of additionalPolicyNames(first.arn)) {
    if (known.has(arn)) continue;
    const policy = await read(arn);
    if (policy === undefined) break;
    found.push(policy);
  }
  return found.filter((policy) => policy !== undefined);
}

/**
 * Reads a policy. If a newer version is known than IAM returns, waits until IAM returns that one.
 *
 * @throws AppsctlError SERVICE when it does not within the limit
 */
async function readPolicy(
  ports: InvokePorts,
  arn: string,
  known: Policy | undefined,
  forUpdate: boolean,
): Promise<Policy | undefined> {
  if (known === undefined) return ports.policies.findPolicy(arn);
  const version = `version v${known.version} of policy ${known.name}`;
  const wait = { limitMs: STALE_READ_LIMIT_MS, reason: `for ${version} to propagate in IAM` };
  return poll(ports, wait, async (isLast) => {
    const policy = await ports.policies.findPolicy(arn, { known, forUpdate });
    const isStale = policy === undefined || policy.version < known.version;
    const isAttached = known.attachedTo.every((identity) =>
      policy?.attachedTo.some((other) => isSameIdentity(identity, other)),
    );
    if (!isStale && (isAttached || isLast)) return policy;
    if (!isLast) return undefined;
    const message = `${version} did not propagate in IAM within ${STALE_READ_LIMIT_MS / SECOND} s`;
    throw new AppsctlError('SERVICE', message, { hint: ({ again }) => `${again} later` });
  });
}
