import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesWildcards, parsePolicyDocument } from '../../../../src/core/policy/policy-document.js';

test.each(['', '[]', '{}', '{"Statement":1}', '{"Statement":[{"Effect":1}]}'])(
  'parsePolicyDocument refuses %j',
  (text) => {
    expect(() => parsePolicyDocument('my-policy', text)).toThrow(
      'the document of policy my-policy cannot be understood',
    );
  },
);

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
  ])('%j and %j: %j', (pattern, text, matches) => expect(matchesWildcards(pattern, text)).toBe(matches));

  test('is what a regular expression says', () => {
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
