import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allows, type InvokeGrant, type Policy, planInvokePolicies } from '../../src/core/invoke-policies.js';
import {
  initialInvokePolicy,
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  parsePolicyDocument,
  policySize,
} from '../../src/core/policy.js';

const PREFIX = 'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:';
const arn = (name: string): string => PREFIX + name;
const policy = (document: PolicyDocument, name = 'p'): Policy => ({ name, arn: `arn:${name}`, document });
const initial = policy(initialInvokePolicy('bucket', 'aws-us-gov'));
const grant = (names: readonly string[], more: Partial<InvokeGrant> = {}): InvokeGrant => ({
  policyName: 'p',
  functionArns: names.map(arn),
  existing: undefined,
  appPrefixes: [],
  ...more,
});

/** The policies after all changes of a plan. */
function applied(policies: readonly Policy[], wanted: InvokeGrant): Policy[] {
  const result = [...policies];
  for (const { name, policy: current, document } of planInvokePolicies(policies, wanted)) {
    if (current === undefined) result.push(policy(document, name));
    else result[result.indexOf(current)] = { ...current, document };
  }
  return result;
}

function invokeResources(document: PolicyDocument | undefined): unknown {
  const statements = (document?.Statement ?? []) as { Sid?: string; Resource?: unknown }[];
  return statements.find(({ Sid }) => Sid === 'AllowLambda')?.Resource;
}

describe('planInvokePolicies', () => {
  test('adds the statement once, then ARNs to it, each once', () => {
    const first = applied([initial], grant(['a', 'b']));
    const [second] = planInvokePolicies(first, grant(['b', 'c']));
    expect(second?.added).toEqual([arn('c')]);
    expect(second?.document).toEqual({
      Version: '2012-10-17',
      Statement: [
        ...(initial.document.Statement as object[]),
        {
          Sid: 'AllowLambda',
          Effect: 'Allow',
          Action: ['lambda:InvokeFunction'],
          Resource: [arn('a'), arn('b'), arn('c')],
        },
      ],
    });
  });

  test('changes nothing when everything is allowed, exactly or by a pattern', () => {
    const policies = applied([initial], grant(['a', 'app_1_*']));
    expect(planInvokePolicies(policies, grant(['a', 'app_1_x', 'app_1_y']))).toEqual([]);
  });

  test('keeps what it does not know: conditions, NotAction, other fields, the order', () => {
    const other = { Sid: 'Other', Effect: 'Deny', NotAction: 'iam:*', Resource: '*', Extra: 1 };
    const condition = { StringEquals: { 'aws:PrincipalTag/team': 'apps' } };
    const invoke = {
      Sid: 'AllowLambda',
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: arn('a'),
      Condition: condition,
    };
    const document = parsePolicyDocument('p', JSON.stringify({ Id: 'x', Statement: [invoke, other] }));
    expect(planInvokePolicies([policy(document)], grant(['b']))[0]?.document).toEqual({
      Id: 'x',
      Statement: [{ ...invoke, Resource: [arn('a'), arn('b')] }, other],
    });
  });

  test('takes a document whose only statement is an object', () => {
    const document = parsePolicyDocument(
      'p',
      '{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}',
    );
    expect(planInvokePolicies([policy(document)], grant(['a']))[0]?.document.Statement).toHaveLength(2);
  });

  test('does not touch a statement of the same Sid that denies', () => {
    const deny = `{"Statement":[{"Sid":"AllowLambda","Effect":"Deny","Action":"lambda:InvokeFunction","Resource":"${arn('a')}"}]}`;
    expect(planInvokePolicies([policy(parsePolicyDocument('p', deny))], grant(['a']))[0]?.added).toEqual([
      arn('a'),
    ]);
  });

  test('removes functions and patterns that are gone, and leaves other accounts and regions alone', () => {
    const foreign = 'arn:aws:lambda:eu-west-1:999999999999:function:x';
    const names = ['old', 'kept', 'gone_1_*', 'app_1_*'];
    const before = applied([initial], { ...grant(names), functionArns: [...names.map(arn), foreign] });
    const existing = new Set(['kept', 'app_1_f', 'new'].map(arn));
    const [change] = planInvokePolicies(before, grant(['new'], { existing }));
    expect(change?.removed).toEqual([arn('old'), arn('gone_1_*')]);
    expect(invokeResources(change?.document)).toEqual([arn('kept'), arn('app_1_*'), foreign, arn('new')]);
  });

  test('folds the functions of apps when it is full, but not those of an app that another one begins like', () => {
    const apps = Array.from({ length: 30 }, (_, index) => `application-${index}_1-0-0_`);
    const names = apps.flatMap((app) => [`${app}first`, `${app}second`, `${app}third`]);
    const appPrefixes = [...apps, 'application-0_1-0-0_sub_1_'].map(arn);
    let policies = [initial];
    for (const app of apps)
      policies = applied(
        policies,
        grant(
          names.filter((name) => name.startsWith(app)),
          { appPrefixes },
        ),
      );
    expect(policies).toHaveLength(1);
    const resources = invokeResources(policies[0]?.document) as string[];
    expect(resources).toContain(arn('application-1_1-0-0_*'));
    expect(resources).toContain(arn('application-0_1-0-0_first'));
    expect(resources).not.toContain(arn('application-0_1-0-0_*'));
  });

  test('begins further policies, as many as a group takes, and says when they are full', () => {
    let policies = [initial];
    const add = (index: number): void => {
      policies = applied(policies, grant([`${'f'.repeat(50)}-${index}`]));
    };
    for (let index = 0; index < 400; index++) add(index);
    expect(policies.map(({ name }) => name)).toEqual([
      'p',
      ...Array.from({ length: policies.length - 1 }, (_, index) => `p-${index + 2}`),
    ]);
    expect(policies.length).toBeGreaterThan(5);
    expect(() => {
      for (let index = 400; index < 2000; index++) add(index);
    }).toThrow(/^policies p to p-10 are full$/);
    expect(policies).toHaveLength(10);
  });

  test('whatever is deployed in whatever order, everything stays allowed and everything fits', () => {
    const app = fc.record({
      id: fc.stringMatching(/^[a-c_-]{1,8}$/),
      functions: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(app, { maxLength: 60 }), (apps) => {
        let policies = [initial];
        const names: string[] = [];
        const appPrefixes: string[] = [];
        for (const { id, functions } of apps) {
          const prefix = `${id}_1-0-0_`;
          appPrefixes.push(arn(prefix));
          const own = Array.from(
            { length: functions },
            (_, index) => `${prefix}${'function'.repeat(3)}${index}`,
          );
          names.push(...own);
          policies = applied(policies, grant(own, { appPrefixes }));
        }
        for (const name of names)
          expect(policies.some(({ document }) => allows(document, arn(name)))).toBe(true);
        for (const { document } of policies)
          expect(policySize(document)).toBeLessThanOrEqual(MAX_POLICY_CHARACTERS);
      }),
      { numRuns: 50 },
    );
  });
});

test.each(['', '[]', '{}', '{"Statement":1}', '{"Statement":[{"Effect":1}]}'])(
  'parsePolicyDocument refuses %j',
  (text) => {
    expect(() => parsePolicyDocument('my-policy', text)).toThrow(
      'the document of policy my-policy cannot be understood',
    );
  },
);
