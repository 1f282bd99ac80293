import { AppsctlError } from './errors.js';
import { MAX_POLICY_CHARACTERS, type PolicyDocument, type PolicyStatement, policySize } from './policy.js';

/** A managed policy with its document. */
export interface Policy {
  readonly name: string;
  readonly arn: string;
  readonly document: PolicyDocument;
}

/** A change of one of the policies that allow the server to invoke functions. */
export interface PolicyChange {
  readonly name: string;
  /** Undefined for a policy to be created. */
  readonly policy: Policy | undefined;
  readonly document: PolicyDocument;
  /** ARNs and patterns that it did not have. */
  readonly added: readonly string[];
  /** ARNs and patterns that it no longer has. */
  readonly removed: readonly string[];
}

/** What is known of the account when functions are to be allowed. */
export interface InvokeGrant {
  /** The name of the first policy; further ones are `{name}-2` and so on. */
  readonly policyName: string;
  /** The ARNs that the server must be able to invoke. */
  readonly functionArns: readonly string[];
  /** The functions of the account and region, by ARN; undefined when they are not known. */
  readonly existing: ReadonlySet<string> | undefined;
  /** For each app that is known, the ARN prefix of its functions: `…:function:{id}_{version}_`. */
  readonly appPrefixes: readonly string[];
}

/** The statement that lists what the server may invoke. */
const INVOKE_SID = 'AllowLambda';
const INVOKE_ACTION = 'lambda:InvokeFunction';
/** AWS attaches so many policies to a group. */
const MAX_POLICIES = 10;

/**
 * Decides how the server gets to invoke functions. Everything in a document but the resources of its statement
 * AllowLambda stays as it is. ARNs of functions that no longer exist go. When a policy is full, the functions of
 * each app are folded into one pattern, and then a further policy is begun.
 *
 * @param policies those that there are, the first one first
 * @returns the policies to change, in order; none when everything is allowed already
 * @throws AppsctlError LIMIT when there is no room in as many policies as AWS allows
 */
export function planInvokePolicies(policies: readonly Policy[], grant: InvokeGrant): PolicyChange[] {
  const wanted = grant.functionArns.filter((arn) => !policies.some(({ document }) => allows(document, arn)));
  if (wanted.length === 0) return [];
  const folded = foldArns(wanted, grant.appPrefixes);
  for (const policy of policies) {
    const current = invokeResources(policy.document);
    const kept = withoutGone(current, grant.existing);
    const attempts = [[...kept, ...wanted], foldArns([...kept, ...wanted], grant.appPrefixes)];
    for (const resources of attempts) {
      const document = withInvokeResources(policy.document, resources);
      if (policySize(document) <= MAX_POLICY_CHARACTERS) return [change(policy.name, policy, document)];
    }
  }
  const name = nextName(policies, grant.policyName);
  for (const resources of [wanted, folded]) {
    const document = withInvokeResources({ Version: '2012-10-17', Statement: [] }, resources);
    if (policySize(document) <= MAX_POLICY_CHARACTERS) return [change(name, undefined, document)];
  }
  throw new AppsctlError('LIMIT', `policy ${name} would have more than ${MAX_POLICY_CHARACTERS} characters`, {
    hint: 'give the app fewer functions, or shorter names',
  });
}

/** Whether a document lets the server invoke a function. */
export function allows(document: PolicyDocument, arn: string): boolean {
  return invokeResources(document).some((resource) =>
    resource.endsWith('*') ? arn.startsWith(resource.slice(0, -1)) : resource === arn,
  );
}

function change(name: string, policy: Policy | undefined, document: PolicyDocument): PolicyChange {
  const before = policy === undefined ? [] : invokeResources(policy.document);
  const after = invokeResources(document);
  return {
    name,
    policy,
    document,
    added: after.filter((resource) => !before.includes(resource)),
    removed: before.filter((resource) => !after.includes(resource)),
  };
}

function nextName(policies: readonly Policy[], base: string): string {
  const taken = new Set(policies.map(({ name }) => name));
  for (let number = 2; number <= MAX_POLICIES; number++) {
    if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
  }
  throw new AppsctlError('LIMIT', `policies ${base} to ${base}-${MAX_POLICIES} are full`, {
    hint: 'delete the functions of apps that are no longer used: the next deployment removes them from the policies',
  });
}

/** The resources without those of functions that are gone; foreign accounts and regions cannot be judged. */
function withoutGone(resources: readonly string[], existing: ReadonlySet<string> | undefined): string[] {
  const [known] = existing ?? [];
  if (existing === undefined || known === undefined) return [...resources];
  const scope = known.slice(0, known.indexOf(':function:') + ':function:'.length);
  const isAlive = (resource: string): boolean =>
    resource.endsWith('*')
      ? [...existing].some((arn) => arn.startsWith(resource.slice(0, -1)))
      : existing.has(resource);
  return resources.filter((resource) => !resource.startsWith(scope) || isAlive(resource));
}

/**
 * Replaces the functions of an app by one pattern, for each app that has several. A prefix that is itself the
 * beginning of another app's is left alone: its pattern would allow that app too.
 */
function foldArns(resources: readonly string[], appPrefixes: readonly string[]): string[] {
  let folded = [...new Set(resources)];
  for (const prefix of new Set(appPrefixes)) {
    const isShared = appPrefixes.some((other) => other !== prefix && other.startsWith(prefix));
    const own = folded.filter((resource) => resource.startsWith(prefix));
    if (isShared || own.length < 2) continue;
    const pattern = `${prefix}*`;
    const position = folded.indexOf(own[0] ?? '');
    folded = folded.filter((resource) => !own.includes(resource));
    folded.splice(position, 0, pattern);
  }
  return folded;
}

function invokeResources(document: PolicyDocument): string[] {
  return list(statements(document).find(isInvokeStatement)?.Resource);
}

function withInvokeResources(document: PolicyDocument, resources: readonly string[]): PolicyDocument {
  const all = statements(document);
  const current = all.find(isInvokeStatement);
  const statement: PolicyStatement = {
    ...(current ?? { Sid: INVOKE_SID, Effect: 'Allow', Action: [INVOKE_ACTION] }),
    Resource: [...resources],
  };
  const Statement =
    current === undefined ? [...all, statement] : all.map((item) => (item === current ? statement : item));
  return { ...document, Statement };
}

function isInvokeStatement(statement: PolicyStatement): boolean {
  return (
    statement.Sid === INVOKE_SID &&
    statement.Effect === 'Allow' &&
    list(statement.Action).includes(INVOKE_ACTION)
  );
}

function statements(document: PolicyDocument): PolicyStatement[] {
  return Array.isArray(document.Statement) ? document.Statement : [document.Statement];
}

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
