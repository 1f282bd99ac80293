import { describe, expect, test } from 'vitest';
import {
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  type PolicyStatement,
  policySize,
} from '../../../../src/core/policy/policy-document.js';
import {
  evaluateGrant,
  grantedResources,
  hasOnlyGrant,
  INVOKE_GRANT,
  withAdditionalResources,
  withGrantedResources,
} from '../../../../src/core/policy/policy-grants.js';

/** The statement of the grant, with changes. */
function grant(Resource: string | string[], changes: Partial<PolicyStatement> = {}): PolicyStatement {
  return { Sid: 'AllowLambda', Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource, ...changes };
}

const document = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
const { Sid: _, ...withoutSid } = grant('a');
const { Resource: __, ...withoutResource } = grant('a');
const CONDITION = { Condition: { Bool: { 'aws:SecureTransport': 'true' } } };

describe('the statement of a grant', () => {
  test.each<[string, PolicyStatement, boolean]>([
    ['as it is written', grant('a'), true],
    ['with a number after its Sid', grant('a', { Sid: 'AllowLambda12' }), true],
    ['with a condition', { ...grant('a'), ...CONDITION }, true],
    ['with a single action in another case', grant('a', { Action: 'LAMBDA:invokefunction' }), true],
    ['with another Sid', grant('a', { Sid: 'Mine' }), false],
    ['with letters after its Sid', grant('a', { Sid: 'AllowLambdaX' }), false],
    ['with its Sid at the end', grant('a', { Sid: 'NotAllowLambda' }), false],
    ['without a Sid', withoutSid, false],
    ['that denies', grant('a', { Effect: 'Deny' }), false],
    ['without a resource', withoutResource, false],
    ['without an action', grant('a', { Action: [] }), false],
    ['with another action', grant('a', { Action: ['lambda:GetFunction'] }), false],
    [
      'with an additional action',
      grant('a', { Action: ['lambda:InvokeFunction', 'lambda:GetFunction'] }),
      false,
    ],
    ['with another field', { ...grant('a'), Principal: '*' }, false],
  ])('%s', (_, statement, isGrant) => {
    expect(hasOnlyGrant(document(statement), INVOKE_GRANT)).toBe(isGrant);
    expect(grantedResources(document(statement), INVOKE_GRANT)).toEqual(isGrant ? ['a'] : []);
  });

  test('is the only kind of statement, or not', () => {
    expect(hasOnlyGrant(document(), INVOKE_GRANT)).toBe(true);
    expect(hasOnlyGrant(document(grant('a'), grant('b', { Sid: 'AllowLambda2' })), INVOKE_GRANT)).toBe(true);
    expect(hasOnlyGrant(document(grant('a'), grant('b', { Sid: 'Mine' })), INVOKE_GRANT)).toBe(false);
  });

  test('is the first of several', () => {
    const several = document(
      grant('x', { Sid: 'Mine' }),
      grant(['a', 'b']),
      grant('c', { Sid: 'AllowLambda2' }),
    );
    expect(grantedResources(several, INVOKE_GRANT)).toEqual(['a', 'b']);
    expect(grantedResources(document(), INVOKE_GRANT)).toEqual([]);
  });
});

describe('evaluateGrant', () => {
  const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
  test.each<[string, PolicyDocument[], string]>([
    ['no documents', [], 'not allowed'],
    ['the statement of the grant', [document(grant('a'))], 'allowed'],
    ['another statement that allows it', [document(allow)], 'allowed'],
    ['another resource', [document(grant('b'))], 'not allowed'],
    ['another action', [document({ ...allow, Action: 's3:*' })], 'not allowed'],
    ['one of several documents', [document(), document(grant('a'))], 'allowed'],
    ['a deny', [document(deny)], 'denied'],
    ['a deny in another document', [document(grant('a')), document(deny)], 'denied'],
    ['a deny of another resource', [document(grant('a'), { ...deny, Resource: 'b' })], 'allowed'],
    ['another effect', [document({ ...allow, Effect: 'Maybe' })], 'not allowed'],
    ['an allow with a condition', [document({ ...allow, ...CONDITION })], 'not allowed'],
    ['a deny with a condition', [document(grant('a'), { ...deny, ...CONDITION })], 'allowed'],
    ['the statement of the grant with a condition', [document({ ...grant('a'), ...CONDITION })], 'allowed'],
  ])('%s: %#', (_, documents, verdict) => {
    expect(evaluateGrant(documents, INVOKE_GRANT, 'a')).toBe(verdict);
  });
});

describe('withGrantedResources', () => {
  test('replaces the resources and preserves everything else', () => {
    const other = grant('x', { Sid: 'Mine' });
    const before = { ...document(other, { ...grant('a'), ...CONDITION }), Id: 'id' };
    expect(withGrantedResources(before, INVOKE_GRANT, ['b', 'c'])).toEqual({
      ...before,
      Statement: [other, { ...grant(['b', 'c']), ...CONDITION }],
    });
    expect(grantedResources(before, INVOKE_GRANT)).toEqual(['a']);
  });

  test.each([
    ['its own', [], 'AllowLambda'],
    ['one with a number', ['AllowLambda'], 'AllowLambda2'],
    ['the next number', ['AllowLambda', 'AllowLambda2', 'AllowLambda3'], 'AllowLambda4'],
    ['its own again', ['AllowLambda2'], 'AllowLambda'],
  ])('adds a statement whose Sid is %s', (_, sids, Sid) => {
    const others = sids.map((sid) => grant('x', { Sid: sid, Effect: 'Deny' }));
    expect(withGrantedResources(document(...others), INVOKE_GRANT, ['a'])).toEqual(
      document(...others, grant(['a'], { Sid })),
    );
  });
});

describe('withAdditionalResources', () => {
  /** A resource with which a document with another one has this size. */
  const filler = (size: number): string => 'f'.repeat(size - policySize(document(grant(['a', '']))));

  test('adds what is missing', () => {
    expect(withAdditionalResources(document(grant(['a', 'b'])), INVOKE_GRANT, ['b', 'c', 'c'])).toEqual(
      document(grant(['a', 'b', 'c'])),
    );
  });

  test('adds what just fits, and nothing that does not', () => {
    const before = document(grant(['a']));
    const fitting = withAdditionalResources(before, INVOKE_GRANT, [filler(MAX_POLICY_CHARACTERS)]);
    expect(policySize(fitting)).toBe(MAX_POLICY_CHARACTERS);
    expect(withAdditionalResources(before, INVOKE_GRANT, [filler(MAX_POLICY_CHARACTERS + 1)])).toBe(before);
  });
});
