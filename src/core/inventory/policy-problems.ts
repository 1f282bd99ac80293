import { type Account, functionArn, functionArnPrefix } from '../aws/arn.js';
import { effectivePolicies, type InvokePolicies } from '../policy/invoke-policies.js';
import type { Policy } from '../policy/policy.js';
import { matchesWildcards } from '../policy/policy-document.js';
import { evaluateGrant, grantedResources, INVOKE_GRANT } from '../policy/policy-grants.js';
import type { AppVersion } from './app-version.js';
import type { Problem, VersionProblem } from './problems.js';

/** The functions of a region that the invoke policies are about. */
export interface Scope {
  readonly account: Account;
  readonly region: string;
}

/** Finds what is wrong with the policies themselves. */
export function findPolicyProblems(policies: InvokePolicies | undefined, policyName: string): Problem[] {
  const report = (problem: Problem['problem'], message: string): Problem[] => [
    { app: undefined, problem, kind: 'invoke policy', name: policyName, message },
  ];
  if (policies === undefined) {
    return report(
      'missing',
      `policy ${policyName} does not exist, so the server may not invoke any function`,
    );
  }
  if (policies[0].attachedTo.length > 0) return [];
  const message = `policy ${policyName} is not attached to any group, so the server may not invoke any function`;
  return report('not allowed', message);
}

/**
 * Finds the functions of a version that exist, and that the server may not invoke. If the policies themselves have
 * problems, those of functions are not repeated.
 */
export function findInvokeProblems(
  { functions }: AppVersion,
  policies: InvokePolicies,
  { account, region }: Scope,
): VersionProblem[] {
  if (policies[0].attachedTo.length === 0) return [];
  const effective = effectivePolicies(policies);
  return functions.flatMap(({ lambdaName: name, status }): VersionProblem[] => {
    if (status === 'missing') return [];
    const reason = findRefusal(effective, functionArn(account, region, name));
    if (reason === undefined) return [];
    const message = `the server may not invoke function ${name}: ${reason}`;
    return [{ problem: 'not allowed', kind: 'function', name, message }];
  });
}

function findRefusal(policies: readonly Policy[], arn: string): string | undefined {
  const evaluate = (some: readonly Policy[]) =>
    evaluateGrant(
      some.map(({ document }) => document),
      INVOKE_GRANT,
      arn,
    );
  const verdict = evaluate(policies);
  if (verdict === 'allowed') return undefined;
  const denying = policies.find((policy) => evaluate([policy]) === 'denied');
  return denying === undefined ? 'no policy in effect allows it' : `policy ${denying.name} denies it`;
}

/**
 * Finds the entries of the invoke policies for functions of this account and region that are not those of an app.
 *
 * @param names the Lambda names of the functions of all apps
 * @param isOfOther whether a function may be that of an app whose manifest cannot be read
 */
export function findLeftoverEntries(
  policies: InvokePolicies,
  { account, region }: Scope,
  names: ReadonlySet<string>,
  isOfOther: (name: string) => boolean,
): Problem[] {
  const prefix = functionArnPrefix(account, region);
  return policies.flatMap(({ name: policyName, document }) =>
    grantedResources(document, INVOKE_GRANT).flatMap((resource): Problem[] => {
      if (!resource.startsWith(prefix)) return [];
      // A version or an alias may follow the name.
      const pattern = resource.slice(prefix.length).split(':', 1)[0] ?? '';
      if (isUsed(pattern, names) || isOfOther(pattern)) return [];
      const message = `policy ${policyName} allows ${resource}, which is no function of an app`;
      return [{ app: undefined, problem: 'left over', kind: 'invoke policy', name: policyName, message }];
    }),
  );
}

function isUsed(pattern: string, names: ReadonlySet<string>): boolean {
  if (!/[*?]/.test(pattern)) return names.has(pattern);
  for (const name of names) if (matchesWildcards(pattern, name)) return true;
  return false;
}
