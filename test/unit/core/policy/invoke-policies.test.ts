import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyPatterns } from '../../../../src/core/policy/app-patterns.js';
import {
  type AccountFacts,
  type PolicyChange,
  planInvokePolicies,
} from '../../../../src/core/policy/invoke-policies.js';
import type { IamIdentity, Policy } from '../../../../src/core/policy/policy.js';
import {
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  type PolicyStatement,
  policySize,
  toStatements,
} from '../../../../src/core/policy/policy-document.js';
import { evaluateGrant, grantedResources, INVOKE_GRANT } from '../../../../src/core/policy/policy-grants.js';
import { initialInvokePolicy } from '../../../../src/core/policy/policy-templates.js';

const SCOPE = 'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:';
const arn = (name: string): string => SCOPE + name;
const GROUP: IamIdentity = { kind: 'group', name: 'g' };

function policy(document: PolicyDocument, changes: Partial<Policy> = {}): Policy {
  return { name: 'p', arn: 'arn:p', version: 1, document, attachedTo: [GROUP], ...changes };
}

/** A policy whose only statement lists functions. */
function listing(names: readonly string[], changes: Partial<Policy> = {}): Policy {
  return policy({ Version: '2012-10-17', Statement: [allowing(names.map(arn))] }, changes);
}

function allowing(Resource: string | string[], changes: Partial<PolicyStatement> = {}): PolicyStatement {
  return { Sid: 'AllowLambda', Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource, ...changes };
}

/** A policy without room: besides these functions, it lists some of another region. */
function full(names: readonly string[] = [], changes: Partial<Policy> = {}): Policy {
  const filler = (length: number): string =>
    `arn:aws-us-gov:lambda:us-gov-east-1:123456789012:function:${String(resources.length).padStart(length, 'f')}`;
  const resources = names.map(arn);
  const size = (): number => policySize({ Version: '2012-10-17', Statement: [allowing(resources)] });
  for (let length = 64; length > 2; ) {
    resources.push(filler(length));
    if (size() <= MAX_POLICY_CHARACTERS) continue;
    resources.pop();
    length--;
  }
  return policy({ Version: '2012-10-17', Statement: [allowing(resources)] }, changes);
}

const initial = policy(initialInvokePolicy('bucket', 'aws-us-gov'));

function facts(changes: Partial<AccountFacts> = {}): AccountFacts {
  return { deleted: new Set(), functions: [], appPrefixes: [], attachmentsLeft: 9, ...changes };
}

type Family = readonly [Policy, ...Policy[]];
const plan = (family: Family, names: readonly string[], known?: AccountFacts) =>
  planInvokePolicies(family, names.map(arn), known);

/** The plan for policies, which must be a change. */
function changeOf(family: Family, names: readonly string[], known?: AccountFacts): PolicyChange {
  const change = plan(family, names, known);
  if (change === undefined || change === 'needs-account-facts') throw new Error(`the plan is ${change}`);
  return change;
}

/** The policies after a plan. */
function applied(family: Family, names: readonly string[], known: AccountFacts): Family {
  const change = planInvokePolicies(family, names.map(arn), known);
  if (change === undefined) return family;
  const { name, policy: current, document, attachTo } = change;
  const changed = policy(document, {
    name,
    arn: `arn:${name}`,
    attachedTo: [...(current?.attachedTo ?? []), ...attachTo],
  });
  if (current === undefined) return [...family, changed];
  return family.map((item) => (item === current ? changed : item)) as unknown as Family;
}

const namesIn = (document: PolicyDocument): string[] =>
  grantedResources(document, INVOKE_GRANT).map((resource) => resource.replace(SCOPE, ''));

describe('a policy with room', () => {
  test('gets the statement once, and then ARNs in it, each once', () => {
    const [first] = applied([initial], ['a', 'b'], facts());
    const change = changeOf([first], ['b', 'c']);
    expect(change.added).toEqual([arn('c')]);
    expect(toStatements(change.document)).toEqual([
      ...toStatements(initial.document),
      allowing(['a', 'b', 'c'].map(arn)),
    ]);
  });

  test('stays as it is when everything is allowed, exactly or by a pattern', () => {
    expect(plan([listing(['a', 'app_1_*'])], ['a', 'app_1_x', 'app_1_y'])).toBeUndefined();
  });

  test('keeps every ARN in it, whether the function exists or not', () => {
    const before = listing(['gone', 'tool:prod', 'tool:*', 'app_*_old']);
    expect(changeOf([before], ['new'], facts({ deleted: new Set([arn('gone')]) })).removed).toEqual([]);
  });
});

describe('statements in other forms', () => {
  test.each<[string, PolicyStatement]>([
    ['the action in other case', allowing(arn('a'), { Action: 'lambda:invokeFUNCTION' })],
    ['a single resource', allowing(arn('a'))],
    [
      'a condition that somebody added',
      { ...allowing([arn('a')]), Condition: { Bool: { 'aws:Secure': 'true' } } },
    ],
  ])('%s: the ARN is added to it', (_, statement) => {
    const { document } = changeOf([policy({ Statement: statement })], ['b']);
    expect(toStatements(document)).toEqual([{ ...statement, Resource: [arn('a'), arn('b')] }]);
  });

  test.each<[string, PolicyStatement]>([
    ['further actions', allowing(arn('a'), { Action: ['lambda:InvokeFunction', 'lambda:GetFunction'] })],
    ['all actions', allowing(arn('a'), { Action: 'lambda:*' })],
    [
      'NotResource',
      { Sid: 'AllowLambda', Effect: 'Allow', Action: 'lambda:InvokeFunction', NotResource: arn('b') },
    ],
    ['NotAction', { Sid: 'AllowLambda', Effect: 'Allow', NotAction: 'lambda:*', Resource: arn('a') }],
    ['a Deny', allowing(arn('a'), { Effect: 'Deny' })],
    ['fields that we do not know', { ...allowing(arn('a')), Principal: '*' }],
  ])('%s: the ARN gets a statement of its own, with another Sid', (_, statement) => {
    const { document } = changeOf([policy({ Id: 'x', Statement: [statement] })], ['b']);
    expect(document).toEqual({
      Id: 'x',
      Statement: [statement, allowing([arn('b')], { Sid: 'AllowLambda2' })],
    });
    expect(evaluateGrant([document], INVOKE_GRANT, arn('b'))).toBe('allowed');
  });

  test.each<[string, PolicyStatement]>([
    ['another Sid', allowing('*', { Sid: 'Mine' })],
    ['all actions', allowing(arn('*'), { Action: 'lambda:*' })],
    ['a pattern of actions', allowing(arn('?'), { Action: 'lambda:Invoke*' })],
    ['everything but another function', { Effect: 'Allow', Action: '*', NotResource: arn('other') }],
    ['everything but another action', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }],
  ])('%s that allows it: nothing to do', (_, statement) => {
    expect(plan([policy({ Statement: [statement] })], ['b'])).toBeUndefined();
  });

  test('a right with a condition of somebody else does not count', () => {
    const conditional = { ...allowing('*', { Sid: 'Mine' }), Condition: { Bool: { 'aws:Secure': 'true' } } };
    expect(changeOf([policy({ Statement: [conditional] })], ['b']).added).toEqual([arn('b')]);
  });

  test('a Deny of the function ends the plan, as no statement can overcome it', () => {
    const deny = { Effect: 'Deny', Action: 'lambda:*', Resource: '*' };
    expect(() => plan([policy({ Statement: [allowing(arn('b')), deny] })], ['b'])).toThrow(
      /^policy p denies lambda:InvokeFunction on .*:b$/,
    );
  });
});

describe('a full policy', () => {
  test('asks for what there is in the account', () => {
    expect(plan([full()], ['b'])).toBe('needs-account-facts');
  });

  test('loses the functions that are gone, and patterns of apps that are; nothing else', () => {
    const names = [
      'old',
      'kept',
      'gone_1_*',
      'app_1_*',
      'tool:prod',
      'tool:3',
      'tool:*',
      'app_*_old',
      'app_v?_old',
      '*_x_*',
    ];
    const foreign = 'arn:aws:lambda:eu-west-1:999999999999:function:x_1_*';
    const filled = full([...names, 'foreign'.repeat(8)]);
    const resources = grantedResources(filled.document, INVOKE_GRANT);
    const before = policy({
      ...filled.document,
      Statement: [allowing(resources.map((item) => (item.endsWith('foreign') ? foreign : item)))],
    });
    const functions = [arn('kept'), arn('app_1_f')];
    const gone = emptyPatterns(resources, functions, SCOPE);
    const known = facts({ deleted: new Set([arn('old'), ...gone]), functions });
    const change = changeOf([before], ['n'.repeat(30)], known);
    expect(change.removed).toEqual([arn('old'), arn('gone_1_*')]);
    expect(change.added).toEqual([arn('n'.repeat(30))]);
  });

  const apps = Array.from({ length: 14 }, (_, index) => `application-${index}_1-0-0_`);
  const names = apps.flatMap((app) =>
    ['first', 'second', 'third'].map((name) => `${app}${name}-${'x'.repeat(28)}`),
  );
  const prefixes = apps.map(arn);

  test('has the functions of each app written as one pattern', () => {
    const known = facts({ functions: names.map(arn), appPrefixes: prefixes });
    const { document } = changeOf([full(names)], ['new'], known);
    expect(namesIn(document).filter((name) => !name.startsWith('arn:'))).toEqual([
      ...apps.map((app) => `${app}*`),
      'new',
    ]);
  });

  test.each<[string, Partial<AccountFacts>]>([
    [
      'of an app that another one begins like',
      { appPrefixes: [...prefixes, arn('application-0_1-0-0_sub_1_')] },
    ],
    [
      'beside a function that the server may not invoke',
      { functions: [...names.map(arn), arn(`${apps[0]}secret`)] },
    ],
  ])('has no pattern for the functions %s', (_, changes) => {
    const known = facts({ functions: names.map(arn), appPrefixes: prefixes, ...changes });
    const collapsed = namesIn(changeOf([full(names)], ['new'], known).document);
    expect(collapsed).toContain('application-1_1-0-0_*');
    expect(collapsed).not.toContain('application-0_1-0-0_*');
    expect(collapsed).toContain(names[0]);
  });

  test('has no pattern at all when the functions may not be listed', () => {
    const known = facts({ functions: undefined, appPrefixes: prefixes });
    expect(changeOf([full(names)], ['new'], known).name).toBe('p-2');
  });

  test('with thousands of apps is planned quickly enough to be planned at all', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => arn(`app-${index}_1_`));
    const known = facts({ functions: names.map(arn), appPrefixes: [...prefixes, ...many] });
    expect(namesIn(changeOf([full(names)], ['new'], known).document)).toContain('application-1_1-0-0_*');
  });
});

describe('further policies', () => {
  test('one is created for everybody who has the first', () => {
    const user: IamIdentity = { kind: 'user', name: 'u' };
    const change = changeOf([full([], { attachedTo: [GROUP, user] })], ['b'], facts());
    expect(change).toMatchObject({
      name: 'p-2',
      policy: undefined,
      attachTo: [GROUP, user],
      added: [arn('b')],
    });
  });

  test('one that is attached and has room is used, and counts', () => {
    const second = listing(['a'], { name: 'p-2', arn: 'arn:p-2' });
    expect(changeOf([full(), second], ['b'])).toMatchObject({ name: 'p-2', attachTo: [], added: [arn('b')] });
    expect(plan([full(), second], ['a'])).toBeUndefined();
  });

  test('one that exists and is not attached allows nothing, and is attached', () => {
    const second = listing(['a'], { name: 'p-2', arn: 'arn:p-2', attachedTo: [] });
    expect(plan([full(), second], ['a'])).toBe('needs-account-facts');
    const change = changeOf([full(), second], ['a'], facts());
    expect(change).toMatchObject({ name: 'p-2', policy: second, attachTo: [GROUP], added: [] });
    expect(change.document).toEqual(second.document);
  });

  test('one with rights of somebody else is never attached: the next number is taken', () => {
    const foreign = policy(
      { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      { name: 'p-2', arn: 'arn:p-2', attachedTo: [] },
    );
    expect(changeOf([full(), foreign], ['b'], facts())).toMatchObject({ name: 'p-3', policy: undefined });
  });

  test('there is none when AWS attaches no more', () => {
    expect(() => plan([full()], ['b'], facts({ attachmentsLeft: 0 }))).toThrow(
      /^the invoke policies are full, and AWS attaches no further policy to group g$/,
    );
  });

  test('there are ten', () => {
    const all = Array.from({ length: 10 }, (_, index) =>
      index === 0 ? full() : full([], { name: `p-${index + 1}`, arn: `arn:p-${index + 1}` }),
    ) as [Policy, ...Policy[]];
    expect(() => plan(all, ['b'], facts())).toThrow(/^policies p to p-10 are full$/);
  });

  test('an app that fits into none is refused', () => {
    const names = Array.from({ length: 60 }, (_, index) => `${'x'.repeat(50)}_1_${index}`);
    expect(() => plan([initial], names, facts())).toThrow(
      /^policy p-2 would have more than 6144 characters$/,
    );
    expect(() => plan([initial], names, facts({ functions: undefined }))).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('lambda:ListFunctions') }),
    );
  });
});

test('whatever is deployed in whatever order, everything stays allowed, nothing else is, and everything fits', () => {
  const app = fc.record({
    id: fc.stringMatching(/^[a-c_-]{1,8}$/),
    functions: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(fc.array(app, { maxLength: 60 }), (apps) => {
      let family: Family = [initial];
      const deployed: string[] = [];
      const appPrefixes: string[] = [];
      const secret = arn('a_1-0-0_secret');
      for (const { id, functions } of apps) {
        const prefix = `${id}_1-0-0_`;
        appPrefixes.push(arn(prefix));
        const own = Array.from(
          { length: functions },
          (_, index) => `${prefix}${'function'.repeat(3)}${index}`,
        );
        deployed.push(...own);
        family = applied(family, own, facts({ functions: [...deployed.map(arn), secret], appPrefixes }));
      }
      const documents = family.map(({ document }) => document);
      for (const name of deployed) expect(evaluateGrant(documents, INVOKE_GRANT, arn(name))).toBe('allowed');
      expect(evaluateGrant(documents, INVOKE_GRANT, secret)).toBe('not allowed');
      for (const document of documents)
        expect(policySize(document)).toBeLessThanOrEqual(MAX_POLICY_CHARACTERS);
    }),
    { numRuns: 50 },
  );
});
