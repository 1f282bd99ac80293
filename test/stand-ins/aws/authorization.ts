import type { ConditionContext, Permission } from './exchange.js';
import type { Matcher, PolicyStatement } from './policy-document.js';

export type Decision = { allowed: true } | { allowed: false; because: string };

export interface Subject {
  arn: string;
  /** The role of a session; undefined for the root user and for users. */
  roleArn: string | undefined;
  accountId: string;
  /** Statements of the user's own policies and of the policies of its groups. */
  identity: readonly PolicyStatement[];
  /** The most that the others can allow; undefined without a boundary. */
  boundary: readonly PolicyStatement[] | undefined;
}

/** The resource of a request: its owner, and its own policy. */
export interface Target {
  accountId: string;
  /** Whether it is a bucket, or an object in one. */
  isBucket: boolean;
  policy: readonly PolicyStatement[];
}

/** A bucket policy cannot lock out the root user from these. */
const BUCKET_POLICY = /^s3:(?:Get|Put|Delete)BucketPolicy$/;

/**
 * Decides as AWS does: any Deny wins. Within an account one Allow is enough; for a bucket of another account, both the
 * subject's policies and the bucket policy have to allow it.
 */
export function decide(subject: Subject, permission: Permission, target: Target): Decision {
  const context: ConditionContext = {
    // Loopback counts as TLS: the usual policy against plain HTTP is not what is under test here.
    'aws:securetransport': 'true',
    'aws:principalarn': subject.roleArn ?? subject.arn,
    'aws:principalaccount': subject.accountId,
    // Sessions of roles have no user name.
    ...(subject.roleArn === undefined && {
      'aws:username': subject.arn.slice(subject.arn.lastIndexOf('/') + 1),
    }),
    'aws:resourceaccount': target.accountId,
    ...(target.isBucket && { 's3:resourceaccount': target.accountId }),
    ...permission.context,
  };
  const applies = (statement: PolicyStatement): boolean => matches(statement, permission, context);
  const deny = (statement: PolicyStatement): boolean => statement.effect === 'Deny' && applies(statement);
  const allow = (statement: PolicyStatement): boolean => statement.effect === 'Allow' && applies(statement);
  const isRoot = subject.arn.endsWith(':root');
  const isOwn = subject.accountId === target.accountId;

  if (subject.identity.some(deny)) return refusal('with an explicit deny in an identity-based policy');
  if (subject.boundary?.some(deny) === true) {
    return refusal('with an explicit deny in a permissions boundary');
  }
  if (
    !(isRoot && isOwn && BUCKET_POLICY.test(permission.action)) &&
    target.policy.some((statement) => deny(statement) && concerns(statement, subject, true))
  ) {
    return refusal('with an explicit deny in a resource-based policy');
  }
  const byIdentity = subject.identity.some(allow);
  // A bucket policy that allows the account includes its users only if the bucket is another account's.
  const byTarget = target.policy.some(
    (statement) => allow(statement) && concerns(statement, subject, !isOwn),
  );
  const isWithin = subject.boundary === undefined || subject.boundary.some(allow);
  // What a bucket policy allows a user of the same account is not limited by the boundary.
  const mine = byIdentity && isWithin;
  if (isOwn || !target.isBucket ? mine || byTarget : mine && byTarget) return { allowed: true };
  if (byIdentity && !isWithin) {
    return refusal(`because no permissions boundary allows the ${permission.action} action`);
  }
  const missing = byIdentity ? 'resource-based' : 'identity-based';
  return refusal(`because no ${missing} policy allows the ${permission.action} action`);
}

/** Whether a trust policy lets this service assume the role. */
export function decideTrust(trust: readonly PolicyStatement[], servicePrincipal: string): boolean {
  const names = [`service:${servicePrincipal}`];
  const applies = trust.filter(
    (statement) =>
      covers(statement.principals, names) &&
      covers(statement.actions, ['sts:assumerole']) &&
      // A condition asks for context that does not exist here: it holds for a Deny, never for an Allow.
      (statement.effect === 'Deny' || statement.conditions.length === 0),
  );
  return applies.length > 0 && applies.every((statement) => statement.effect === 'Allow');
}

/**
 * Whether a trust policy lets one of these principals assume the role.
 *
 * @param context what its conditions may ask for
 */
export function decideAssumption(
  trust: readonly PolicyStatement[],
  action: string,
  principals: readonly string[],
  context: ConditionContext,
): boolean {
  const applies = trust.filter(
    (statement) =>
      covers(statement.principals, principals) &&
      covers(statement.actions, [action.toLowerCase()]) &&
      statement.conditions.every((condition) => conditionHolds(condition, statement.effect, context)),
  );
  return applies.length > 0 && applies.every((statement) => statement.effect === 'Allow');
}

function refusal(because: string): Decision {
  return { allowed: false, because };
}

function matches(statement: PolicyStatement, permission: Permission, context: ConditionContext): boolean {
  return (
    covers(statement.actions, [permission.action.toLowerCase()]) &&
    covers(statement.resources, [permission.resource], (pattern) => fillVariables(pattern, context)) &&
    statement.conditions.every((condition) => conditionHolds(condition, statement.effect, context))
  );
}

/** Whether a bucket policy's principal is this subject, or its account if `asAccount`. */
function concerns(statement: PolicyStatement, subject: Subject, asAccount: boolean): boolean {
  const partition = subject.arn.split(':')[1] ?? '';
  const names = [subject.arn, ...(subject.roleArn === undefined ? [] : [subject.roleArn])];
  if (asAccount) names.push(subject.accountId, `arn:${partition}:iam::${subject.accountId}:root`);
  const { patterns = [], negated = false } = statement.principals ?? {};
  return patterns.some((pattern) => pattern === '*' || names.includes(pattern)) !== negated;
}

function covers(
  matcher: Matcher | undefined,
  names: readonly string[],
  fill: (pattern: string) => string = (pattern) => pattern,
): boolean {
  if (matcher === undefined) return true;
  const found = matcher.patterns.some((pattern) =>
    names.some((name) => matchesWildcard(fill(pattern), name)),
  );
  return found !== matcher.negated;
}

/** Policy variables; the value must not bring wildcards of its own, hence the escapes that matchesWildcard knows. */
function fillVariables(pattern: string, context: ConditionContext): string {
  return pattern.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    if (name === '*' || name === '?' || name === '$') return name === '$' ? '$' : LITERAL[name];
    const value = context[name.toLowerCase()];
    return value === undefined ? whole : value.replace(/[*?]/g, (wildcard) => LITERAL[wildcard as '*' | '?']);
  });
}

const LITERAL = { '*': '\u0001', '?': '\u0002' } as const;

/** `*` and `?` as in policies: any characters, slashes and colons included. Linear in the worst case but one factor. */
function matchesWildcard(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p++;
      mark = t;
    } else if (wanted !== undefined && (wanted === '?' || literalOf(wanted) === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

function literalOf(character: string): string {
  return character === LITERAL['*'] ? '*' : character === LITERAL['?'] ? '?' : character;
}

type Condition = PolicyStatement['conditions'][number];
type Comparison = (pattern: string, value: string) => boolean;

const COMPARISONS: Record<string, { compare: Comparison; negated: boolean }> = {
  StringEquals: { compare: (pattern, value) => pattern === value, negated: false },
  StringNotEquals: { compare: (pattern, value) => pattern === value, negated: true },
  StringEqualsIgnoreCase: { compare: equalWithoutCase, negated: false },
  StringNotEqualsIgnoreCase: { compare: equalWithoutCase, negated: true },
  StringLike: { compare: matchesWildcard, negated: false },
  StringNotLike: { compare: matchesWildcard, negated: true },
  ArnEquals: { compare: matchesWildcard, negated: false },
  ArnLike: { compare: matchesWildcard, negated: false },
  ArnNotEquals: { compare: matchesWildcard, negated: true },
  ArnNotLike: { compare: matchesWildcard, negated: true },
  Bool: { compare: equalWithoutCase, negated: false },
  NumericEquals: { compare: (limit, value) => Number(value) === Number(limit), negated: false },
  NumericLessThanEquals: { compare: (limit, value) => Number(value) <= Number(limit), negated: false },
};

function conditionHolds(condition: Condition, effect: 'Allow' | 'Deny', context: ConditionContext): boolean {
  const value = context[condition.key];
  if (condition.operator === 'Null') {
    return condition.values.some((wanted) => (wanted.toLowerCase() === 'true') === (value === undefined));
  }
  const ifExists = condition.operator.endsWith('IfExists');
  const comparison =
    COMPARISONS[ifExists ? condition.operator.slice(0, -'IfExists'.length) : condition.operator];
  // What cannot be evaluated must not open a door: it never allows, and a Deny stays closed.
  if (comparison === undefined) return effect === 'Deny';
  if (value === undefined) return ifExists || comparison.negated;
  const found = condition.values.some((pattern) =>
    comparison.compare(fillVariables(pattern, context), value),
  );
  return found !== comparison.negated;
}

function equalWithoutCase(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
