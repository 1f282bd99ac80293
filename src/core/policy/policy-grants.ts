import {
  MAX_POLICY_CHARACTERS,
  matchesStatement,
  type PolicyDocument,
  type PolicyStatement,
  policySize,
  toList,
  toStatements,
} from './policy-document.js';

/** A permission that appsctl keeps in a policy, in a statement of its own. */
export interface Grant {
  /** The statement's Sid; followed by a number where a statement of another form already has it. */
  readonly sid: string;
  readonly action: string;
}

/** The right of the Mattermost server to invoke functions. The Sid is that of the Go tool. */
export const INVOKE_GRANT: Grant = { sid: 'AllowLambda', action: 'lambda:InvokeFunction' };

export type Verdict = 'allowed' | 'denied' | 'not allowed';

/**
 * What documents that are in force together say about a grant's action on a resource. A condition cannot be evaluated
 * here, so a statement with one neither allows nor denies; except a statement of our own, to which somebody added the
 * condition on purpose.
 */
export function evaluateGrant(documents: readonly PolicyDocument[], grant: Grant, resource: string): Verdict {
  const statements = documents
    .flatMap(toStatements)
    .filter(
      (statement) =>
        matchesStatement(statement, grant.action, resource) &&
        (statement['Condition'] === undefined || isOwnStatement(statement, grant)),
    );
  if (statements.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return statements.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'not allowed';
}

/** The resources of the statement that holds a grant; none when there is no such statement. */
export function grantedResources(document: PolicyDocument, grant: Grant): string[] {
  return toList(toStatements(document).find((statement) => isOwnStatement(statement, grant))?.Resource);
}

/**
 * The document with these resources in the statement that holds a grant, which is added where there is none. Everything
 * else stays as it is.
 */
export function withGrantedResources(
  document: PolicyDocument,
  grant: Grant,
  resources: readonly string[],
): PolicyDocument {
  const statements = toStatements(document);
  const current = statements.find((statement) => isOwnStatement(statement, grant));
  const statement: PolicyStatement = {
    ...(current ?? { Sid: freeSid(statements, grant.sid), Effect: 'Allow', Action: [grant.action] }),
    Resource: [...resources],
  };
  return {
    ...document,
    Statement:
      current === undefined
        ? [...statements, statement]
        : statements.map((item) => (item === current ? statement : item)),
  };
}

/** The document with further resources; as it is, if they do not fit: then there is another plan. */
export function withAdditionalResources(
  document: PolicyDocument,
  grant: Grant,
  added: readonly string[],
): PolicyDocument {
  const resources = new Set([...grantedResources(document, grant), ...added]);
  const extended = withGrantedResources(document, grant, [...resources]);
  return policySize(extended) <= MAX_POLICY_CHARACTERS ? extended : document;
}

/** Whether a document holds nothing but statements of a grant, so that somebody else's rights cannot be in it. */
export function hasOnlyGrant(document: PolicyDocument, grant: Grant): boolean {
  return toStatements(document).every((statement) => isOwnStatement(statement, grant));
}

const OWN_FIELDS: ReadonlySet<string> = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/** Whether a statement has the form that we and the Go tool write, apart from a condition. IAM does not care for the case of an action. */
function isOwnStatement(statement: PolicyStatement, { sid, action }: Grant): boolean {
  const { Sid = '', Effect, Action, Resource } = statement;
  const actions = toList(Action);
  return (
    Sid.startsWith(sid) &&
    /^\d*$/.test(Sid.slice(sid.length)) &&
    Effect === 'Allow' &&
    Resource !== undefined &&
    actions.length > 0 &&
    actions.every((item) => item.toLowerCase() === action.toLowerCase()) &&
    Object.keys(statement).every((field) => OWN_FIELDS.has(field))
  );
}

/** Sids are unique within a document. */
function freeSid(statements: readonly PolicyStatement[], sid: string): string {
  const taken = new Set(statements.map(({ Sid }) => Sid));
  let candidate = sid;
  for (let number = 2; taken.has(candidate); number++) candidate = `${sid}${number}`;
  return candidate;
}
