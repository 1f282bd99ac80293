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

/** A change to one of the invoke policies. */
export interface PolicyChange {
  readonly name: string;
  /** Undefined for a policy to be created. */
  readonly policy: Policy | undefined;
  readonly document: PolicyDocument;
  /** The identities that the policy must be attached to as well. */
  readonly attachTo: readonly IamIdentity[];
  /** The ARNs and patterns to be added. */
  readonly added: readonly string[];
  /** The ARNs and patterns to be removed. */
  readonly removed: readonly string[];
}

/** What must be known about the account when no policy has room for more ARNs. */
export interface AccountFacts extends KnownApps {
  /** The ARNs and patterns in the policies that match no existing function. */
  readonly deleted: ReadonlySet<string>;
  /** The number of policies that can still be created and attached to each identity of the first policy. */
  readonly attachmentsLeft: number;
}

/** The first policy and the additional policies. */
export type InvokePolicies = readonly [Policy, ...Policy[]];

/** The first policy is `{name}`, the additional policies are `{name}-2` to `{name}-10`. */
const MAX_POLICIES = 10;

/** Returns the names that additional policies have, or their ARNs for the ARN of the first policy. */
export function additionalPolicyNames(first: string): string[] {
  return Array.from({ length: MAX_POLICIES - 1 }, (_, index) => `${first}-${index + 2}`);
}

/**
 * Plans how to allow the server to invoke functions. ARNs are added to the first policy with room. If none has room:
 *
 * 1. ARNs of functions that no longer exist are removed,
 * 2. the functions of each app are collapsed into one pattern,
 * 3. an additional policy is created and attached to the identities of the first policy.
 *
 * @param policies the first policy and the existing additional policies. An additional policy is in effect when it is
 *   attached to all identities of the first.
 * @param functionArns the functions to be allowed
 * @param facts undefined if they have not been read yet
 * @returns the change; undefined when all functions are already allowed; `needs-account-facts` when no policy has room
 *   and the facts have not been read
 * @throws AppsctlError CONFLICT when a policy denies the action, LIMIT when there is no room
 */
export function planInvokePolicies(
  policies: InvokePolicies,
  functionArns: readonly string[],
  facts: AccountFacts,
): PolicyChange | undefined;
export function planInvokePolicies(
  policies: InvokePolicies,
  functionArns: readonly string[],
  facts: AccountFacts | undefined,
): PolicyChange | 'needs-account-facts' | undefined;
export function planInvokePolicies(
  policies: InvokePolicies,
  functionArns: readonly string[],
  facts: AccountFacts | undefined,
): PolicyChange | 'needs-account-facts' | undefined {
  const effective = effectivePolicies(policies);
  const missing = functionArns.filter((arn) => !isInvocable(effective, arn));
  if (missing.length === 0) return undefined;
  for (const policy of effective) {
    const change = planFirstFit(toTarget(policy), [[...invocableResources(policy), ...missing]]);
    if (change !== undefined) return change;
  }
  if (facts === undefined) return 'needs-account-facts';
  const collapse = (resources: readonly string[]): string[] =>
    collapseApps(resources, facts, [...policies.flatMap(invocableResources), ...functionArns]);
  for (const policy of effective) {
    const remaining = invocableResources(policy).filter((resource) => !facts.deleted.has(resource));
    const change = planFirstFit(toTarget(policy), [
      [...remaining, ...missing],
      collapse([...remaining, ...missing]),
    ]);
    if (change !== undefined) return change;
  }
  return planAdditionalPolicy(policies, missing, collapse(missing), facts);
}

/** Returns the policies that are attached to all identities of the first policy. */
export function effectivePolicies(policies: InvokePolicies): Policy[] {
  return policies.filter((policy) => missingAttachments(policy, policies[0]).length === 0);
}

/** @throws AppsctlError CONFLICT when a policy denies the action */
function isInvocable(policies: readonly Policy[], arn: string): boolean {
  const documents = policies.map(({ document }) => document);
  const verdict = evaluateGrant(documents, INVOKE_GRANT, arn);
  if (verdict !== 'denied') return verdict === 'allowed';
  const denying = policies.find(({ document }) => evaluateGrant([document], INVOKE_GRANT, arn) === 'denied');
  throw new AppsctlError('CONFLICT', `policy ${denying?.name} denies ${INVOKE_GRANT.action} on ${arn}`, {
    hint: ({ policy }) => `remove that statement, or name another policy with ${policy}`,
  });
}

function invocableResources({ document }: Policy): string[] {
  return grantedResources(document, INVOKE_GRANT);
}

function missingAttachments(policy: Policy, first: Policy): IamIdentity[] {
  return first.attachedTo.filter(
    (identity) => !policy.attachedTo.some((other) => isSameIdentity(identity, other)),
  );
}

/** A policy to be changed. */
type Target = Pick<PolicyChange, 'name' | 'policy' | 'document' | 'attachTo'>;

function toTarget(policy: Policy, attachTo: readonly IamIdentity[] = []): Target {
  return { name: policy.name, policy, document: policy.document, attachTo };
}

function newPolicy(name: string, attachTo: readonly IamIdentity[]): Target {
  return { name, policy: undefined, document: { Version: '2012-10-17', Statement: [] }, attachTo };
}

/** Plans the change that puts the first of these lists that fits into a policy. */
function planFirstFit(target: Target, attempts: readonly (readonly string[])[]): PolicyChange | undefined {
  const current = new Set(grantedResources(target.document, INVOKE_GRANT));
  for (const resources of attempts) {
    const document = withGrantedResources(target.document, INVOKE_GRANT, resources);
    if (policySize(document) > MAX_POLICY_CHARACTERS) continue;
    const planned = new Set(resources);
    return {
      ...target,
      document,
      added: [...planned].filter((resource) => !current.has(resource)),
      removed: [...current].filter((resource) => !planned.has(resource)),
    };
  }
  return undefined;
}

/** Plans to attach an existing additional policy that is not in effect, or to create the next one. */
function planAdditionalPolicy(
  policies: InvokePolicies,
  missing: readonly string[],
  collapsed: readonly string[],
  facts: AccountFacts,
): PolicyChange {
  const [first] = policies;
  for (const name of additionalPolicyNames(first.name)) {
    const policy = policies.find((item) => item.name === name);
    const attachTo = policy === undefined ? first.attachedTo : missingAttachments(policy, first);
    // A policy in effect is full. Attaching a policy with other statements would allow the server more than intended.
    if (policy !== undefined && (attachTo.length === 0 || !hasOnlyGrant(policy.document, INVOKE_GRANT)))
      continue;
    if (facts.attachmentsLeft <= 0) throw noMorePolicies(first.attachedTo);
    const target = policy === undefined ? newPolicy(name, attachTo) : toTarget(policy, attachTo);
    const existing = grantedResources(target.document, INVOKE_GRANT);
    const change = planFirstFit(
      target,
      [missing, collapsed].map((resources) => [...new Set([...existing, ...resources])]),
    );
    if (change !== undefined) return change;
    if (policy === undefined) throw tooManyFunctions(name, facts);
  }
  throw new AppsctlError('LIMIT', `policies ${first.name} to ${first.name}-${MAX_POLICIES} are full`, {
    hint: 'delete the functions of unused apps: the next deployment removes them from the policies',
  });
}

function noMorePolicies(attachedTo: readonly IamIdentity[]): AppsctlError {
  const names = attachedTo.map(({ kind, name }) => `${kind} ${name}`).join(' and ');
  return new AppsctlError(
    'LIMIT',
    `the invoke policies are full, and no more policies can be attached to ${names}`,
    {
      hint: 'detach policies that are no longer needed, or delete the functions of unused apps',
    },
  );
}

function tooManyFunctions(name: string, { functions }: AccountFacts): AppsctlError {
  const message = `policy ${name} would exceed the limit of ${MAX_POLICY_CHARACTERS} characters`;
  return new AppsctlError('LIMIT', message, {
    hint:
      functions === undefined
        ? 'allow lambda:ListFunctions, so that the functions of an app can be written as one pattern'
        : 'reduce the number of functions, or shorten their names',
  });
}
