import { AppsctlError } from '../diagnostics/error.js';
import { collapseApps, type KnownApps } from './app-patterns.js';
import { type IamIdentity, isSameIdentity, type Policy } from './policy.js';
import { MAX_POLICY_CHARACTERS, type PolicyDocument, policySize } from './policy-document.js';
import {
  evaluateGrant,
  grantedResources,
  hasOnlyGrant,
  INVOKE_GRANT,
  withGrantedResources,
} from './policy-grants.js';

/** A change to one of the policies that let the server invoke functions. */
export interface PolicyChange {
  readonly name: string;
  /** Undefined for a policy that will be created. */
  readonly policy: Policy | undefined;
  readonly document: PolicyDocument;
  /** Who must get the policy besides. */
  readonly attachTo: readonly IamIdentity[];
  /** ARNs and patterns that it did not have. */
  readonly added: readonly string[];
  /** ARNs and patterns that it no longer has. */
  readonly removed: readonly string[];
}

/** What has to be known of the account once no policy has room for more ARNs. */
export interface AccountFacts extends KnownApps {
  /** ARNs and patterns in the policies for which there is no function. */
  readonly deleted: ReadonlySet<string>;
  /** How many more policies can be attached to each of those who have the first one. */
  readonly attachmentsLeft: number;
}

/** The first policy is `{name}`, further ones are `{name}-2` to `{name}-10`. */
export const MAX_POLICIES = 10;

/** The name of a further policy. */
export function additionalPolicyName(name: string, number: number): string {
  return `${name}-${number}`;
}

/**
 * Decides how the server gets to invoke functions. ARNs are added to the first policy with room. When none has room,
 * ARNs of functions that no longer exist are removed, the functions of each app are collapsed into one pattern, and
 * then a further policy is created for those who have the first one.
 *
 * @param family the first policy, then the further ones that exist. A further one counts once it is attached to
 *   everybody who has the first.
 * @param functionArns what the server must be able to invoke
 * @param facts undefined as long as they have not been read
 * @returns the change; undefined when everything is allowed already; `needs-account-facts` when no policy has room
 * @throws AppsctlError CONFLICT when a policy denies the right, LIMIT when there is no room in as many policies as AWS allows
 */
export function planInvokePolicies(
  family: readonly [Policy, ...Policy[]],
  functionArns: readonly string[],
  facts: AccountFacts,
): PolicyChange | undefined;
export function planInvokePolicies(
  family: readonly [Policy, ...Policy[]],
  functionArns: readonly string[],
  facts: AccountFacts | undefined,
): PolicyChange | 'needs-account-facts' | undefined;
export function planInvokePolicies(
  family: readonly [Policy, ...Policy[]],
  functionArns: readonly string[],
  facts: AccountFacts | undefined,
): PolicyChange | 'needs-account-facts' | undefined {
  const effective = effectivePolicies(family);
  const wanted = functionArns.filter((arn) => !isInvocable(effective, arn));
  if (wanted.length === 0) return undefined;
  for (const policy of effective) {
    const change = firstThatFits(policy, [[...invocableResources(policy), ...wanted]]);
    if (change !== undefined) return change;
  }
  if (facts === undefined) return 'needs-account-facts';
  const collapse = (resources: readonly string[]): string[] =>
    collapseApps(resources, facts, [...family.flatMap(invocableResources), ...functionArns]);
  for (const policy of effective) {
    const kept = invocableResources(policy).filter((resource) => !facts.deleted.has(resource));
    const change = firstThatFits(policy, [[...kept, ...wanted], collapse([...kept, ...wanted])]);
    if (change !== undefined) return change;
  }
  return planAdditionalPolicy(family, wanted, collapse(wanted), facts);
}

/** The policies that everybody has who has the first one. */
export function effectivePolicies(family: readonly [Policy, ...Policy[]]): Policy[] {
  return family.filter((policy) => missingAttachments(policy, family[0]).length === 0);
}

/** @throws AppsctlError CONFLICT when a policy denies it */
function isInvocable(policies: readonly Policy[], arn: string): boolean {
  const documents = policies.map(({ document }) => document);
  const verdict = evaluateGrant(documents, INVOKE_GRANT, arn);
  if (verdict !== 'denied') return verdict === 'allowed';
  const denying = policies.find(({ document }) => evaluateGrant([document], INVOKE_GRANT, arn) === 'denied');
  throw new AppsctlError('CONFLICT', `policy ${denying?.name} denies ${INVOKE_GRANT.action} on ${arn}`, {
    hint: 'remove that statement from the policy, or name another policy',
  });
}

function invocableResources({ document }: Policy): string[] {
  return grantedResources(document, INVOKE_GRANT);
}

function missingAttachments(policy: Policy, first: Policy): IamIdentity[] {
  return first.attachedTo.filter(
    (holder) => !policy.attachedTo.some((other) => isSameIdentity(holder, other)),
  );
}

/** The change that gives a policy the first of these lists that fits into it. */
function firstThatFits(
  policy: Policy,
  attempts: readonly (readonly string[])[],
  attachTo: readonly IamIdentity[] = [],
): PolicyChange | undefined {
  for (const resources of attempts) {
    const document = withGrantedResources(policy.document, INVOKE_GRANT, resources);
    if (policySize(document) > MAX_POLICY_CHARACTERS) continue;
    const before = new Set(invocableResources(policy));
    const after = new Set(resources);
    return {
      name: policy.name,
      policy,
      document,
      attachTo,
      added: [...after].filter((resource) => !before.has(resource)),
      removed: [...before].filter((resource) => !after.has(resource)),
    };
  }
  return undefined;
}

/** A policy of the family that is not in use yet, or a new one. */
function planAdditionalPolicy(
  family: readonly [Policy, ...Policy[]],
  wanted: readonly string[],
  collapsed: readonly string[],
  facts: AccountFacts,
): PolicyChange {
  const [first] = family;
  for (let number = 2; number <= MAX_POLICIES; number++) {
    const name = additionalPolicyName(first.name, number);
    const policy = family.find((item) => item.name === name);
    const attachTo = policy === undefined ? first.attachedTo : missingAttachments(policy, first);
    // One that is in use is full. One with statements of somebody else would give the server rights that nobody meant to give.
    if (policy !== undefined && (attachTo.length === 0 || !hasOnlyGrant(policy.document, INVOKE_GRANT)))
      continue;
    if (facts.attachmentsLeft <= 0) throw noMorePolicies(first.attachedTo);
    const change =
      policy === undefined
        ? newPolicy(name, [wanted, collapsed], attachTo)
        : firstThatFits(
            policy,
            [wanted, collapsed].map((list) => [...new Set([...invocableResources(policy), ...list])]),
            attachTo,
          );
    if (change !== undefined) return change;
    if (policy === undefined) throw tooManyFunctions(name, facts);
  }
  throw new AppsctlError('LIMIT', `policies ${first.name} to ${first.name}-${MAX_POLICIES} are full`, {
    hint: 'delete the functions of apps that are no longer used: the next deployment removes them from the policies',
  });
}

function newPolicy(
  name: string,
  attempts: readonly (readonly string[])[],
  attachTo: readonly IamIdentity[],
): PolicyChange | undefined {
  const empty = { Version: '2012-10-17', Statement: [] };
  for (const resources of attempts) {
    const document = withGrantedResources(empty, INVOKE_GRANT, resources);
    if (policySize(document) > MAX_POLICY_CHARACTERS) continue;
    return { name, policy: undefined, document, attachTo, added: [...resources], removed: [] };
  }
  return undefined;
}

function noMorePolicies(attachedTo: readonly IamIdentity[]): AppsctlError {
  const names = attachedTo.map(({ kind, name }) => `${kind} ${name}`).join(' and ');
  return new AppsctlError(
    'LIMIT',
    `the invoke policies are full, and AWS attaches no further policy to ${names}`,
    {
      hint: 'detach a policy that is no longer needed there, or delete the functions of apps that are no longer used',
    },
  );
}

function tooManyFunctions(name: string, { functions }: AccountFacts): AppsctlError {
  const message = `policy ${name} would have more than ${MAX_POLICY_CHARACTERS} characters`;
  return new AppsctlError('LIMIT', message, {
    hint:
      functions === undefined
        ? 'allow lambda:ListFunctions: then the functions of an app are written as one pattern'
        : 'give the app fewer functions, or shorter names',
  });
}
