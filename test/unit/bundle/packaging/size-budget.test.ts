import { expect, test } from 'vitest';
import { SizeBudget } from '../../../../src/bundle/packaging/size-budget.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { LIMITS } from '../../../../src/core/limits.js';

test('the entries of a bundle are within a limit together; what follows is not added, and reported once', () => {
  const findings = new Findings();
  const budget = new SizeBudget('app', findings);
  const results = [];
  for (let index = 0; index < 23; index++) results.push(budget.addEntry(`static/${index}`, LIMITS.asset));
  expect(results.indexOf(false)).toBe(20);
  expect(results.slice(20)).toEqual([false, false, false]);
  expect(budget.addContent('go.zip', new Map([['index.js', 1]]))).toBe(false);
  expect(findings.all).toMatchObject([
    {
      rule: 'zip/too-large',
      location: 'app',
      message: 'has 2202009600 bytes when uncompressed, over the limit of 2147483648',
    },
  ]);
});

test('the content of all functions is within a limit together', () => {
  const findings = new Findings();
  const budget = new SizeBudget('app', findings);
  const results = [];
  for (let index = 0; index < 18; index++)
    results.push(budget.addContent(`${index}.zip`, new Map([['a', LIMITS.function]])));
  expect(results.indexOf(false)).toBe(16);
  expect(findings.all).toMatchObject([
    {
      rule: 'function/too-large',
      location: 'app',
      message:
        'has function archives with more than 4294967296 bytes in total when uncompressed, the limit for a bundle',
    },
  ]);
});
