import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyPatterns } from '../../../../src/core/policy/app-patterns.js';
import {
  type AccountFacts,
  type InvokePolicies,
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

/** A policy without room: these functions, and functions of another region. */
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

const plan = (policies: InvokePolicies, names: readonly string[], known?: AccountFacts) =>
  planInvokePolicies(policies, names.map(arn), known);

/** The plan for policies, which must be a change. */
function changeOf(policies: InvokePolicies, names: readonly string[], known?: AccountFacts): PolicyChange {
  const change = plan(policies, names, known);
  if (change === undefined || change === 'needs-account-facts') throw new Error(`the plan is ${change}`);
  return change;
}

/** The policies after a plan. */
function applied(policies: InvokePolicies, names: readonly string[], known: AccountFacts): InvokePolicies {
  const change = planInvokePolicies(policies, names.map(arn), known);
  if (change === undefined) return policies;
  const { name, policy: current, document, attachTo } = change;
  const changed = policy(document, {
    name,
    arn: `arn:${name}`,
    attachedTo: [...(current?.attachedTo ?? []), ...attachTo],
  });
  if (current === undefined) return [...policies, changed];
  return policies.map((item) => (item === current ? changed : item)) as unknown as InvokePolicies;
}

const namesIn = (document: PolicyDocument): string[] =>
  grantedResources(document, INVOKE_GRANT).map((resource) => resource.replace(SCOPE, ''));

describe('a policy with room', () => {
  test('gets the statement once, and each ARN once', () => {
    const [first] = applied([initial], ['a', 'b'], facts());
    const change = changeOf([first], ['b', 'c']);
    expect(change.added).toEqual([arn('c')]);
    expect(toStatements(change.document)).toEqual([
      ...toStatements(initial.document),
      allowing(['a', 'b', 'c'].map(arn)),
    ]);
  });

  test('is not changed when everything is allowed, by ARN or by pattern', () => {
    expect(plan([listing(['a', 'app_1_*'])], ['a', 'app_1_x', 'app_1_y'])).toBeUndefined();
  });

  test('does not lose ARNs of deleted functions', () => {
    const before = listing(['deleted', 'tool:prod', 'tool:*', 'app_*_old']);
    expect(changeOf([before], ['new'], facts({ deleted: new Set([arn('deleted')]) })).removed).toEqual([]);
  });
});

test('a policy has room up to the limit of characters', () => {
  const size = policySize(listing(['']).document);
  const longest = 'f'.repeat(MAX_POLICY_CHARACTERS - size - `"${SCOPE}x",`.length);
  expect(changeOf([listing(['x'])], [longest])).toMatchObject({ name: 'p' });
  expect(plan([listing(['x'])], [`${longest}f`])).toBe('needs-account-facts');
});

describe('statements in other forms', () => {
  test.each<[string, PolicyStatement]>([
    ['the action in other case', allowing(arn('a'), { Action: 'lambda:invokeFUNCTION' })],
    ['a single resource', allowing(arn('a'))],
    ['an added condition', { ...allowing([arn('a')]), Condition: { Bool: { 'aws:Secure': 'true' } } }],
  ])('%s: the ARN is added to it', (_, statement) => {
    const { document } = changeOf([policy({ Statement: statement })], ['b']);
    expect(toStatements(document)).toEqual([{ ...statement, Resource: [arn('a'), arn('b')] }]);
  });

  test.each<[string, PolicyStatement]>([
    ['additional actions', allowing(arn('a'), { Action: ['lambda:InvokeFunction', 'lambda:GetFunction'] })],
    ['all actions', allowing(arn('a'), { Action: 'lambda:*' })],
    [
      'NotResource',
      { Sid: 'AllowLambda', Effect: 'Allow', Action: 'lambda:InvokeFunction', NotResource: arn('b') },
    ],
    ['NotAction', { Sid: 'AllowLambda', Effect: 'Allow', NotAction: 'lambda:*', Resource: arn('a') }],
    ['a Deny', allowing(arn('a'), { Effect: 'Deny' })],
    ['unknown fields', { ...allowing(arn('a')), Principal: '*' }],
  ])('%s: the ARN is added in a separate statement with another Sid', (_, statement) => {
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
    ['all functions but another', { Effect: 'Allow', Action: '*', NotResource: arn('other') }],
    ['all actions but others', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }],
  ])('%s that allows it: no change', (_, statement) => {
    expect(plan([policy({ Statement: [statement] })], ['b'])).toBeUndefined();
  });

  test('a conditional Allow in another statement does not count', () => {
    const conditional = { ...allowing('*', { Sid: 'Mine' }), Condition: { Bool: { 'aws:Secure': 'true' } } };
    expect(changeOf([policy({ Statement: [conditional] })], ['b']).added).toEqual([arn('b')]);
  });

  test('an explicit Deny is an error, because it overrides every Allow', () => {
    const deny = { Effect: 'Deny', Action: 'lambda:*', Resource: '*' };
    expect(() => plan([policy({ Statement: [allowing(arn('b')), deny] })], ['b'])).toThrow(
      /^policy p denies lambda:InvokeFunction on .*:b$/,
    );
  });
});

describe('a full policy', () => {
  test('needs account facts', () => {
    expect(plan([full()], ['b'])).toBe('needs-account-facts');
  });

  test('loses only deleted functions and patterns of apps without functions', () => {
    const names = [
      'old',
      'existing',
      'deleted_1_*',
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
    const functions = [arn('existing'), arn('app_1_f')];
    const unused = emptyPatterns(resources, functions, SCOPE);
    const known = facts({ deleted: new Set([arn('old'), ...unused]), functions });
    const change = changeOf([before], ['n'.repeat(30)], known);
    expect(change.removed).toEqual([arn('old'), arn('deleted_1_*')]);
    expect(change.added).toEqual([arn('n'.repeat(30))]);
  });

  const apps = Array.from({ length: 14 }, (_, index) => `application-${index}_1-0-0_`);
  const names = apps.flatMap((app) =>
    ['first', 'second', 'third'].map((name) => `${app}${name}-${'x'.repeat(28)}`),
  );
  const prefixes = apps.map(arn);

  test('has the functions of each app collapsed into one pattern', () => {
    const known = facts({ functions: names.map(arn), appPrefixes: prefixes });
    const { document } = changeOf([full(names)], ['new'], known);
    expect(namesIn(document).filter((name) => !name.startsWith('arn:'))).toEqual([
      ...apps.map((app) => `${app}*`),
      'new',
    ]);
  });

  test.each<[string, Partial<AccountFacts>]>([
    [
      'of an app whose prefix another app shares',
      { appPrefixes: [...prefixes, arn('application-0_1-0-0_sub_1_')] },
    ],
    [
      'of an app with a function that no policy allows',
      { functions: [...names.map(arn), arn(`${apps[0]}secret`)] },
    ],
  ])('has no pattern for the functions %s', (_, changes) => {
    const known = facts({ functions: names.map(arn), appPrefixes: prefixes, ...changes });
    const collapsed = namesIn(changeOf([full(names)], ['new'], known).document);
    expect(collapsed).toContain('application-1_1-0-0_*');
    expect(collapsed).not.toContain('application-0_1-0-0_*');
    expect(collapsed).toContain(names[0]);
  });

  test('is followed by one with a pattern for an app that already exists', () => {
    const created = Array.from({ length: 60 }, (_, index) => `new_1-0-0_${'x'.repeat(50)}${index}`);
    const known = facts({ functions: created.map(arn), appPrefixes: [arn('new_1-0-0_')] });
    expect(changeOf([full()], created, known)).toMatchObject({ name: 'p-2', added: [arn('new_1-0-0_*')] });
  });

  test('has no pattern without permission to list functions', () => {
    const known = facts({ functions: undefined, appPrefixes: prefixes });
    expect(changeOf([full(names)], ['new'], known).name).toBe('p-2');
  });

  test('is planned in linear time for thousands of apps', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => arn(`app-${index}_1_`));
    const known = facts({ functions: names.map(arn), appPrefixes: [...prefixes, ...many] });
    expect(namesIn(changeOf([full(names)], ['new'], known).document)).toContain('application-1_1-0-0_*');
  });
});

describe('additional policies', () => {
  test('one is created for all identities of the first policy', () => {
    const user: IamIdentity = { kind: 'user', name: 'u' };
    const change = changeOf([full([], { attachedTo: [GROUP, user] })], ['b'], facts());
    expect(change).toMatchObject({
      name: 'p-2',
      policy: undefined,
      attachTo: [GROUP, user],
      added: [arn('b')],
    });
  });

  test('one that is attached is in effect, and used if it has room', () => {
    const second = listing(['a'], { name: 'p-2', arn: 'arn:p-2' });
    expect(changeOf([full(), second], ['b'])).toMatchObject({ name: 'p-2', attachTo: [], added: [arn('b')] });
    expect(plan([full(), second], ['a'])).toBeUndefined();
  });

  test('one that is not attached is not in effect, and is attached', () => {
    const second = listing(['a'], { name: 'p-2', arn: 'arn:p-2', attachedTo: [] });
    expect(plan([full(), second], ['a'])).toBe('needs-account-facts');
    const change = changeOf([full(), second], ['a'], facts());
    expect(change).toMatchObject({ name: 'p-2', policy: second, attachTo: [GROUP], added: [] });
    expect(change.document).toEqual(second.document);
    const extended = changeOf([full(), second], ['b'], facts());
    expect(extended).toMatchObject({ name: 'p-2', attachTo: [GROUP], added: [arn('b')], removed: [] });
    expect(namesIn(extended.document)).toEqual(['a', 'b']);
  });

  test('one with other statements is never attached: the next number is used', () => {
    const other = policy(
      { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      { name: 'p-2', arn: 'arn:p-2', attachedTo: [] },
    );
    expect(changeOf([full(), other], ['b'], facts())).toMatchObject({ name: 'p-3', policy: undefined });
  });

  test('are refused when no more policies can be attached', () => {
    expect(() => plan([full()], ['b'], facts({ attachmentsLeft: 0 }))).toThrow(
      /^the invoke policies are full, and no more policies can be attached to group g$/,
    );
  });

  test('are limited to a total of ten policies', () => {
    const additional = Array.from({ length: 9 }, (_, index) =>
      full([], { name: `p-${index + 2}`, arn: `arn:p-${index + 2}` }),
    );
    expect(changeOf([full(), ...additional.slice(0, -1)], ['b'], facts())).toMatchObject({ name: 'p-10' });
    for (const attachmentsLeft of [0, 1]) {
      expect(() => plan([full(), ...additional], ['b'], facts({ attachmentsLeft }))).toThrow(
        expect.objectContaining({ code: 'LIMIT', message: 'policies p to p-10 are full' }),
      );
    }
  });

  test('are created up to the last attachment', () => {
    expect(changeOf([full()], ['b'], facts({ attachmentsLeft: 1 }))).toMatchObject({ name: 'p-2' });
  });

  test('an app that does not fit into a policy is refused', () => {
    const names = Array.from({ length: 60 }, (_, index) => `${'x'.repeat(50)}_1_${index}`);
    expect(() => plan([initial], names, facts())).toThrow(
      /^policy p-2 would exceed the limit of 6144 characters$/,
    );
    expect(() => plan([initial], names, facts({ functions: undefined }))).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('lambda:ListFunctions') }),
    );
  });
});

test('after any sequence of deployments, exactly the deployed functions are allowed, and all policies fit', () => {
  const app = fc.record({
    id: fc.stringMatching(/^[a-c_-]{1,8}$/),
    functions: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(fc.array(app, { maxLength: 60 }), (apps) => {
      let policies: InvokePolicies = [initial];
      const deployed: string[] = [];
      const appPrefixes: string[] = [];
      const secret = arn('a_1-0-0_secret');
      for (const { id, functions } of apps) {
        const prefix = `${id}_1-0-0_`;
        appPrefixes.push(arn(prefix));
        const names = Array.from(
          { length: functions },
          (_, index) => `${prefix}${'function'.repeat(3)}${index}`,
        );
        deployed.push(...names);
        policies = applied(
          policies,
          names,
          facts({ functions: [...deployed.map(arn), secret], appPrefixes }),
        );
      }
      const documents = policies.map(({ document }) => document);
      for (const name of deployed) expect(evaluateGrant(documents, INVOKE_GRANT, arn(name))).toBe('allowed');
      expect(evaluateGrant(documents, INVOKE_GRANT, secret)).toBe('not allowed');
      for (const document of documents)
        expect(policySize(document)).toBeLessThanOrEqual(MAX_POLICY_CHARACTERS);
    }),
    { numRuns: 50 },
  );
});
