import {
  MAX_POLICY_CHARACTERS,
  matchesStatement,
  type PolicyDocument,
  type PolicyStatement,
  policySize,
  toList,
  toStatements,
} from './policy-document.js';

/** A permission that appsctl manages in a statement of its own. */
export interface Grant {
  /** The Sid of the statement; a number is appended if another statement already has it. */
  readonly sid: string;
  readonly action: string;
}

/** Allows the Mattermost server to invoke functions. The Sid is that of the Go tool. */
export const INVOKE_GRANT: Grant = { sid: 'AllowLambda', action: 'lambda:InvokeFunction' };

/**
 * The result of evaluating policies, as in
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: explicit deny, allow,
 * implicit deny.
 */
export type Verdict = 'allowed' | 'denied' | 'not allowed';

/**
 * Evaluates the action of a grant on a resource against all policies of an identity. Conditions cannot be evaluated
 * here, so a statement with a condition neither allows nor denies, unless it is the statement of the grant: its
 * condition was added on purpose.
 */
export function evaluateGrant(documents: readonly PolicyDocument[], grant: Grant, resource: string): Verdict {
  const statements = documents
    .flatMap(toStatements)
    .filter(
      (statement) =>
        matchesStatement(statement, grant.action, resource) &&
        (statement['Condition'] === undefined || isGrantStatement(statement, grant)),
    );
  if (statements.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return statements.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'not allowed';
}

/** Returns the resources in the statement of a grant; empty without such a statement. */
export function grantedResources(document: PolicyDocument, grant: Grant): string[] {
  return toList(toStatements(document).find((statement) => isGrantStatement(statement, grant))?.Resource);
}

/**
 * Returns a copy of the document in which the statement of a grant has these resources. The statement is added if it is
 * missing.
 */
export function withGrantedResources(
  document: PolicyDocument,
  grant: Grant,
  resources: readonly string[],
): PolicyDocument {
  const statements = toStatements(document);
  const current = statements.find((statement) => isGrantStatement(statement, grant));
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

/**
 * Returns a copy of the document with more resources in the statement of a grant; the unchanged document if it would be
 * too large.
 */
export function withAdditionalResources(
  document: PolicyDocument,
  grant: Grant,
  added: readonly string[],
): PolicyDocument {
  const resources = new Set([...grantedResources(document, grant), ...added]);
  const extended = withGrantedResources(document, grant, [...resources]);
  return policySize(extended) <= MAX_POLICY_CHARACTERS ? extended : document;
}

/**
 * Returns a copy of the document without these resources in the statement of a grant. A statement without resources,
 * which IAM does not accept, is removed.
 *
 * @returns undefined when no statement is left
 */
export function withoutGrantedResources(
  document: PolicyDocument,
  grant: Grant,
  removed: readonly string[],
): PolicyDocument | undefined {
  const remaining = grantedResources(document, grant).filter((resource) => !removed.includes(resource));
  const changed = withGrantedResources(document, grant, remaining);
  const statements = toStatements(changed).filter(
    (statement) => !isGrantStatement(statement, grant) || toList(statement.Resource).length > 0,
  );
  return statements.length === 0 ? undefined : { ...changed, Statement: statements };
}

/** Whether a document only has statements of a grant, so that it cannot allow anything else. */
export function hasOnlyGrant(document: PolicyDocument, grant: Grant): boolean {
  return toStatements(document).every((statement) => isGrantStatement(statement, grant));
}

const GRANT_FIELDS: ReadonlySet<string> = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/**
 * Whether a statement has the form that appsctl and the Go tool write; a condition may have been added. Actions are not
 * case-sensitive.
 */
function isGrantStatement(statement: PolicyStatement, { sid, action }: Grant): boolean {
  const { Sid = '', Effect, Action, Resource } = statement;
  const actions = toList(Action);
  return (
    Sid.startsWith(sid) &&
    /^\d*$/.test(Sid.slice(sid.length)) &&
    Effect === 'Allow' &&
    Resource !== undefined &&
    actions.length > 0 &&
    actions.every((item) => item.toLowerCase() === action.toLowerCase()) &&
    Object.keys(statement).every((field) => GRANT_FIELDS.has(field))
  );
}

/** Returns a Sid that the document does not have: Sids must be unique. */
function freeSid(statements: readonly PolicyStatement[], sid: string): string {
  const taken = new Set(statements.map(({ Sid }) => Sid));
  let candidate = sid;
  for (let number = 2; taken.has(candidate); number++) candidate = `${sid}${number}`;
  return candidate;
}
