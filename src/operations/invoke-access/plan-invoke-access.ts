import { poll, type WaitContext } from '../../core/async/poll.js';
import { policyArn } from '../../core/aws/arn.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import {
  type AccountFacts,
  additionalPolicyName,
  MAX_POLICIES,
  type PolicyChange,
  planInvokePolicies,
} from '../../core/policy/invoke-policies.js';
import { isSameIdentity, type Policy } from '../../core/policy/policy.js';
import { unlessDenied } from '../unless-denied.js';
import { readAccountFacts } from './account-facts.js';
import type { InvokePorts, InvokeRequest, PolicyLocation } from './invoke-request.js';

const SECOND = 1000;
/** How long IAM may show an older state; usually it is a second or two. */
const OLD_READ_LIMIT_MS = 120 * SECOND;
/** How long a policy that was just attached may look as if it were not. */
const ATTACHMENT_WAIT_MS = 10 * SECOND;

/** How the server gets to invoke functions. */
export interface InvokePlan {
  /** The first policy and, if that has no room, the further ones. */
  readonly family: readonly [Policy, ...Policy[]];
  /** Read only when no policy has room. */
  readonly facts: AccountFacts | undefined;
  /** Undefined when everything is allowed already. */
  readonly change: PolicyChange | undefined;
}

type ReadPolicy = (arn: string) => Promise<Policy | undefined>;

/**
 * Reads the first of the policies that let the server invoke functions.
 *
 * @throws AppsctlError NOT_FOUND when there is no such policy, CONFLICT when nobody has it; the errors of the ports
 */
export async function readFirstPolicy(
  ports: Pick<InvokePorts, 'policies' | keyof WaitContext>,
  location: PolicyLocation,
): Promise<Policy> {
  const read: ReadPolicy = (arn) => ports.policies.findPolicy(arn);
  const { account, policyName } = location;
  const policy =
    (await read(policyArn(account, policyName))) ?? (await readElsewhere(ports, policyName, read));
  return found(ports, location, policy, read);
}

/**
 * Plans how the server gets to invoke functions. Further policies are read only when the first has no room, and the
 * account is looked at only when none has.
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
  // Whether we may see its versions has to show before anything is changed.
  if (known !== undefined) await ports.policies.findPolicy(known.arn, { known, forUpdate: true });
  return plan;
}

/**
 * Reads the policies again and plans how they change.
 *
 * @param previous what was read or written before: anything older that IAM answers now is waited out
 * @param forUpdate whether the policies are about to be changed
 * @throws AppsctlError the errors of {@link readFirstPolicy} and {@link planInvokeAccess}
 */
export async function replanInvokeAccess(
  ports: InvokePorts,
  request: InvokeRequest,
  previous: InvokePlan,
  forUpdate: boolean,
): Promise<InvokePlan> {
  const read: ReadPolicy = (arn) =>
    readPolicy(
      ports,
      arn,
      previous.family.find((policy) => policy.arn === arn),
      forUpdate,
    );
  const first = await found(ports, request, await read(previous.family[0].arn), read);
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
  const known = previous?.facts;
  const alone = planInvokePolicies([first], functionArns, undefined);
  if (alone !== 'needs facts') return { family: [first], facts: known, change: alone };
  const further =
    previous === undefined ? await readFurther(first, read) : await rereadFurther(previous.family, read);
  const family = [first, ...further] as const;
  const together = planInvokePolicies(family, functionArns, known);
  if (together !== 'needs facts') return { family, facts: known, change: together };
  const facts = await readAccountFacts(ports, request, family);
  return { family, facts, change: planInvokePolicies(family, functionArns, facts) };
}

/** The first policy, if there is one that somebody has. */
async function found(
  ports: WaitContext,
  { policyName }: PolicyLocation,
  policy: Policy | undefined,
  read: ReadPolicy,
): Promise<Policy> {
  if (policy === undefined) {
    throw new AppsctlError('NOT_FOUND', `policy ${policyName} does not exist`, {
      hint: 'check --policy, or prepare the account with: appsctl aws init --create',
    });
  }
  if (policy.attachedTo.length > 0) return policy;
  const wait = { limitMs: ATTACHMENT_WAIT_MS, reason: `until policy ${policyName} is attached` };
  return poll(ports, wait, async (isLast) => {
    const current = await read(policy.arn);
    if (current !== undefined && current.attachedTo.length > 0) return current;
    if (!isLast) return undefined;
    const message = `policy ${policyName} is not attached to any group, so the server cannot use it`;
    throw new AppsctlError('CONFLICT', message, { hint: 'attach it with: appsctl aws init --create' });
  });
}

/** A policy whose path is not `/` can only be found among all policies, which one may not be allowed to list. */
async function readElsewhere(
  { policies }: Pick<InvokePorts, 'policies'>,
  name: string,
  read: ReadPolicy,
): Promise<Policy | undefined> {
  const arn = await unlessDenied(policies.locatePolicy(name));
  return arn === undefined ? undefined : read(arn);
}

/** The further policies that exist, whoever has them. */
async function readFurther(first: Policy, read: ReadPolicy): Promise<Policy[]> {
  const found = await Promise.all(furtherArns(first).map(read));
  return found.filter((policy) => policy !== undefined);
}

/** The further policies that existed before, and those that somebody has created since: each takes the first free number. */
async function rereadFurther([first, ...further]: InvokePlan['family'], read: ReadPolicy): Promise<Policy[]> {
  const found = await Promise.all(further.map(({ arn }) => read(arn)));
  const known = new Set(further.map(({ name }) => name));
  for (const [index, arn] of furtherArns(first).entries()) {
    if (known.has(additionalPolicyName(first.name, index + 2))) continue;
    const policy = await read(arn);
    if (policy === undefined) break;
    found.push(policy);
  }
  return found.filter((policy) => policy !== undefined);
}

function furtherArns({ arn }: Policy): string[] {
  return Array.from({ length: MAX_POLICIES - 1 }, (_, index) => additionalPolicyName(arn, index + 2));
}

/**
 * Reads a policy; if something newer is known than IAM shows, waits until IAM shows that.
 *
 * @throws AppsctlError SERVICE when it never does
 */
async function readPolicy(
  ports: InvokePorts,
  arn: string,
  known: Policy | undefined,
  forUpdate: boolean,
): Promise<Policy | undefined> {
  if (known === undefined) return ports.policies.findPolicy(arn);
  const wait = {
    limitMs: OLD_READ_LIMIT_MS,
    reason: `until IAM shows the latest version of policy ${known.name}`,
  };
  return poll(ports, wait, async (isLast) => {
    const policy = await ports.policies.findPolicy(arn, { known, forUpdate });
    const isOld = policy === undefined || policy.version < known.version;
    const isWhole = known.attachedTo.every((holder) =>
      policy?.attachedTo.some((other) => isSameIdentity(holder, other)),
    );
    if (!isOld && (isWhole || isLast)) return policy;
    if (!isLast) return undefined;
    throw new AppsctlError(
      'SERVICE',
      `IAM does not show version v${known.version} of policy ${known.name} after ${OLD_READ_LIMIT_MS / SECOND} s`,
      { hint: 'run the same command again later' },
    );
  });
}
