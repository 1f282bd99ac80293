import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isSameDocument,
  MAX_POLICY_CHARACTERS,
  matchesStatement,
  matchesWildcards,
  type PolicyStatement,
  parsePolicyDocument,
  policySize,
  toList,
  toStatements,
} from '../../../../src/core/policy/policy-document.js';

const STATEMENT: PolicyStatement = { Sid: 'S', Effect: 'Allow', Action: 's3:*', Resource: '*' };

describe('parsePolicyDocument', () => {
  test.each(['', '[]', '{}', '{"Statement":1}', '{"Statement":[{"Effect":1}]}', '{"Statement":[{}]}'])(
    'refuses %j',
    (text) => {
      expect(() => parsePolicyDocument('my-policy', text)).toThrow(
        expect.objectContaining({
          code: 'SERVICE',
          message: 'policy my-policy has an invalid policy document',
          hint: 'check the policy in the IAM console',
          cause: expect.any(Error),
        }),
      );
    },
  );

  test.each([
    [{ Version: '2012-10-17', Id: 'x', Statement: [] }],
    [{ Statement: STATEMENT }],
    [
      {
        Statement: [
          {
            Effect: 'Deny',
            NotAction: ['a', 'b'],
            NotResource: ['c'],
            Condition: { Bool: {} },
            Principal: '*',
          },
        ],
      },
    ],
  ])('preserves %j', (document) => {
    expect(parsePolicyDocument('my-policy', JSON.stringify(document))).toEqual(document);
  });
});

test('policySize counts characters without white space', () => {
  expect(MAX_POLICY_CHARACTERS).toBe(6144);
  expect(policySize({ Statement: [] })).toBe('{"Statement":[]}'.length);
  expect(policySize({ Statement: [], Id: 'a b\u3000ü' })).toBe('{"Statement":[],"Id":"abü"}'.length);
});

test('statements and lists may be single values', () => {
  expect(toStatements({ Statement: STATEMENT })).toEqual([STATEMENT]);
  expect(toStatements({ Statement: [STATEMENT, STATEMENT] })).toHaveLength(2);
  expect(toList(undefined)).toEqual([]);
  expect(toList('a')).toEqual(['a']);
  expect(toList(['a', 'b'])).toEqual(['a', 'b']);
});

test('isSameDocument compares order as well', () => {
  const a = { Statement: [STATEMENT, { Effect: 'Deny' }] };
  expect(isSameDocument(a, structuredClone(a))).toBe(true);
  expect(isSameDocument(a, { Statement: [...a.Statement].reverse() })).toBe(false);
});

describe('matchesStatement', () => {
  const ACTION = 's3:GetObject';
  const RESOURCE = 'arn:aws:s3:::b/Key';
  test.each<[string, Partial<PolicyStatement>, boolean]>([
    ['the action and the resource', { Action: ACTION, Resource: RESOURCE }, true],
    ['one of several', { Action: ['s3:PutObject', ACTION], Resource: ['x', RESOURCE] }, true],
    ['wildcards', { Action: 's3:Get*', Resource: '*/K?y' }, true],
    ['the action in another case', { Action: 'S3:getobject', Resource: RESOURCE }, true],
    ['the resource in another case', { Action: ACTION, Resource: RESOURCE.toLowerCase() }, false],
    ['another action', { Action: 's3:PutObject', Resource: RESOURCE }, false],
    ['another resource', { Action: ACTION, Resource: 'arn:aws:s3:::b/other' }, false],
    ['no action', { Resource: RESOURCE }, false],
    ['no resource', { Action: ACTION }, false],
    ['all actions but another', { NotAction: 's3:PutObject', Resource: RESOURCE }, true],
    ['all actions but this', { NotAction: ['x', 'S3:getobject'], Resource: RESOURCE }, false],
    ['all resources but another', { Action: ACTION, NotResource: 'x' }, true],
    ['all resources but this', { Action: ACTION, NotResource: ['x', RESOURCE] }, false],
  ])('%s: %j: %j', (_, statement, matches) => {
    expect(matchesStatement({ Effect: 'Allow', ...statement }, ACTION, RESOURCE)).toBe(matches);
  });
});

describe('matchesWildcards', () => {
  test.each([
    ['', '', true],
    ['*', '', true],
    ['*', 'a:b/c', true],
    ['?', '', false],
    ['a?c', 'abc', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abbcd', false],
    ['*b*', 'abc', true],
    ['a.c', 'abc', false],
    ['ab', 'a', false],
    ['a', 'ab', false],
    ['a**', 'a', true],
    ['*a*b', 'aab', true],
    ['a*b?', 'abbc', true],
    ['*a', 'b', false],
  ])('%j and %j: %j', (pattern, text, matches) => expect(matchesWildcards(pattern, text)).toBe(matches));

  test('agrees with the equivalent regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (wildcards, candidate) => {
        const expression = wildcards.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesWildcards(wildcards, candidate)).toBe(new RegExp(`^${expression}$`).test(candidate));
      }),
    );
  });
});
