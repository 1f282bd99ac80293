/** Reads policy documents as strictly as IAM and S3 do when one is stored. */

export type PolicyKind = 'identity' | 'trust' | 'bucket';

export interface PolicyStatement {
  effect: 'Allow' | 'Deny';
  /** In lower case: AWS compares actions without case. */
  actions: Matcher | undefined;
  resources: Matcher | undefined;
  principals: Matcher | undefined;
  /** Operator, then condition key, then the values of which one must match. */
  conditions: ReadonlyArray<{ operator: string; key: string; values: readonly string[] }>;
}

export interface Matcher {
  patterns: readonly string[];
  /** Written as NotAction, NotResource or NotPrincipal. */
  negated: boolean;
}

export class PolicySyntaxError extends Error {}

const DOCUMENT_FIELDS = ['Version', 'Id', 'Statement'];
const STATEMENT_FIELDS = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
];

type Fields = Readonly<Record<string, unknown>>;

/** Throws a PolicySyntaxError with the words of IAM. */
export function readPolicy(text: string, kind: PolicyKind, partition: string): PolicyStatement[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new PolicySyntaxError('Syntax errors in policy.');
  }
  const fields = asFields(document);
  if (Object.keys(fields).some((name) => !DOCUMENT_FIELDS.includes(name))) fail('Syntax errors in policy.');
  const version = fields['Version'] ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') fail('Syntax errors in policy.');
  const statements = fields['Statement'];
  if (statements === undefined) fail('Syntax errors in policy.');
  const list: unknown[] = Array.isArray(statements) ? statements : [statements];
  if (list.length === 0) fail('Syntax errors in policy.');
  const sids = list.map((statement) => asFields(statement)['Sid']).filter((sid) => sid !== undefined);
  if (new Set(sids).size < sids.length) fail('Statement IDs (SID) in a single policy must be unique.');
  return list.map((statement) => readStatement(asFields(statement), kind, partition));
}

function readStatement(fields: Fields, kind: PolicyKind, partition: string): PolicyStatement {
  if (Object.keys(fields).some((name) => !STATEMENT_FIELDS.includes(name))) fail('Syntax errors in policy.');
  const sid = fields['Sid'];
  // Only IAM limits the characters of a Sid; bucket policies take spaces.
  if (sid !== undefined && (typeof sid !== 'string' || (kind !== 'bucket' && !/^[A-Za-z0-9]*$/.test(sid)))) {
    fail(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  }
  const effect = fields['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') fail('Syntax errors in policy.');

  const actions = readMatcher(fields, 'Action', 'Policy statement must contain actions.');
  if (actions === undefined) throw new PolicySyntaxError('Policy statement must contain actions.');
  if (actions.patterns.some((action) => action !== '*' && !/^[\w-]+:[\w*?]+$/.test(action))) {
    fail('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }

  const resources = readMatcher(fields, 'Resource', 'Policy statement must contain resources.');
  if (kind === 'trust' && resources !== undefined) fail('Has prohibited field Resource');
  if (kind !== 'trust' && resources === undefined) fail('Policy statement must contain resources.');
  for (const resource of resources?.patterns ?? []) checkResource(resource, partition);

  const principals = readPrincipals(fields);
  if (kind === 'identity' && principals !== undefined)
    fail('Policy document should not specify a principal.');
  if (kind !== 'identity' && principals === undefined) fail('Missing required field Principal');

  return {
    effect,
    actions: { ...actions, patterns: actions.patterns.map((action) => action.toLowerCase()) },
    resources,
    principals,
    conditions: readConditions(fields['Condition']),
  };
}

function readMatcher(fields: Fields, name: 'Action' | 'Resource', whenEmpty: string): Matcher | undefined {
  const [plain, negated] = [fields[name], fields[`Not${name}`]];
  if (plain !== undefined && negated !== undefined) fail('Syntax errors in policy.');
  const value = plain ?? negated;
  if (value === undefined) return undefined;
  const patterns = asStrings(value);
  if (patterns.length === 0) fail(whenEmpty);
  return { patterns, negated: plain === undefined };
}

function checkResource(resource: string, partition: string): void {
  if (resource === '*') return;
  const [prefix, itsPartition = ''] = resource.split(':');
  if (prefix !== 'arn' || resource.split(':').length < 6) {
    fail(`Resource ${resource} must be in ARN format or "*".`);
  }
  if (itsPartition !== '*' && itsPartition !== partition) {
    fail(`Partition "${itsPartition}" is not valid for resource "${resource}".`);
  }
}

/** Patterns of principals: `*`, ARNs and account ids as they are; services as `service:NAME`. */
function readPrincipals(fields: Fields): Matcher | undefined {
  const [plain, negated] = [fields['Principal'], fields['NotPrincipal']];
  if (plain !== undefined && negated !== undefined) fail('Syntax errors in policy.');
  const value = plain ?? negated;
  if (value === undefined) return undefined;
  if (value === '*') return { patterns: ['*'], negated: plain === undefined };
  const patterns = Object.entries(asFields(value)).flatMap(([type, names]) => {
    if (!['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(type)) fail('Syntax errors in policy.');
    return asStrings(names).map((name) => (type === 'AWS' ? name : `${type.toLowerCase()}:${name}`));
  });
  if (patterns.length === 0) fail('Missing required field Principal');
  return { patterns, negated: plain === undefined };
}

function readConditions(value: unknown): PolicyStatement['conditions'] {
  if (value === undefined) return [];
  return Object.entries(asFields(value)).flatMap(([operator, keys]) =>
    Object.entries(asFields(keys)).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      values: asStrings(values),
    })),
  );
}

function asFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail('Syntax errors in policy.');
  return value as Fields;
}

function asStrings(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((entry) => {
    if (typeof entry === 'boolean' || typeof entry === 'number') return String(entry);
    return typeof entry === 'string' ? entry : fail('Syntax errors in policy.');
  });
}

function fail(message: string): never {
  throw new PolicySyntaxError(message);
}
