import { expect, test } from 'vitest';
import { checkFunctionNames } from '../../../../src/core/bundle/check-function-names.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { LIMITS } from '../../../../src/core/limits.js';

const named = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `function-${index}` }));

function fixes(functions: readonly { name: string }[], names: readonly string[]): string[] {
  const findings = new Findings();
  checkFunctionNames(functions, names, findings);
  return findings.all.map(({ fix = '' }) => fix);
}

const KNOWN = (names: string) => `the functions in the manifest are: ${names}`;

test('a similar name is suggested, and the only one even if it is not similar', () => {
  expect(fixes(named(3), ['function-1', 'funktion-1', 'other'])).toEqual([
    'did you mean "function-1"?',
    KNOWN('function-0, function-1, function-2'),
  ]);
  expect(fixes([{ name: 'go' }], ['other'])).toEqual(['did you mean "go"?']);
});

test('names are only compared as long as there are few of them', () => {
  const unknown = Array.from({ length: 25 }, (_, index) => `funktion-${index}`);
  expect(fixes(named(30), unknown)).toEqual([
    ...unknown.slice(0, 20).map((name) => `did you mean "${name.replace('k', 'c')}"?`),
    ...Array<string>(5).fill(
      KNOWN(
        `${named(20)
          .map(({ name }) => name)
          .join(', ')} and 10 more`,
      ),
    ),
  ]);
  expect(fixes(named(LIMITS.functions + 1), unknown.slice(0, 1))).toEqual([KNOWN('none')]);
});
