import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillPlaceholders } from '../../../../src/core/settings/placeholders.js';

const VARIABLES = { A: 'one', B_2: 'two', EMPTY: '', TRICKY: '$& ${A} $1' };

function fill(text: string): [string, ...string[]] {
  const missing: string[] = [];
  return [fillPlaceholders(text, VARIABLES, (name) => missing.push(name)), ...missing];
}

test.each([
  ['plain', ['plain']],
  ['', ['']],
  ['${A}', ['one']],
  ['${A}-${B_2}/${A}', ['one-two/one']],
  ['${EMPTY}', ['']],
  ['${TRICKY}', ['$& ${A} $1']],
  ['$${A}', ['${A}']],
  ['$${A}${A}', ['${A}one']],
  ['$A $ {A} {A} $', ['$A $ {A} {A} $']],
  ['${}', ['${}']],
  ['${a b}', ['${a b}']],
  ['${A', ['${A']],
  ['x${NO}y${NOR}', ['xy', 'NO', 'NOR']],
  ['${toString}', ['', 'toString']],
])('%j becomes %j', (text, expected) => {
  expect(fill(text)).toEqual(expected);
});

test('text without placeholders stays as it is', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('${')),
      (text) => fill(text)[0] === text,
    ),
  );
});
