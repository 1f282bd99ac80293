import { expect, test } from 'vitest';
import { didYouMean } from '../../../src/core/did-you-mean.js';

test.each<[name: string, candidates: readonly string[], expected: string | undefined]>([
  ['go-function', ['go_function', 'main'], 'go_function'],
  ['Main', ['main'], 'main'],
  ['mian', ['bundle', 'main'], 'main'],
  ['bundle', ['servicenow'], undefined],
  ['anything', [], undefined],
])('%j of %j is %j', (name, candidates, expected) => {
  expect(didYouMean(name, candidates)).toBe(expected);
});
