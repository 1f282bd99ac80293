import { expect, test } from 'vitest';
import {
  checkJavaMemory,
  checkRuntime,
  type PlannedAction,
} from '../../../../src/core/bundle/check-runtimes.js';
import { type Finding, Findings } from '../../../../src/core/diagnostics/findings.js';
import { LIBRARY_VOCABULARY } from '../../../../src/core/diagnostics/vocabulary.js';
import { FIX } from '../../../support/messages/bundle.js';

function check(runtime: string, action: PlannedAction, findings = new Findings()): readonly Finding[] {
  const item = {
    ...{ location: 'functions[0]', name: 'fn', lambdaName: 'x' },
    ...{ handler: 'h', runtime, archive: { name: 'fn.zip', size: 1 } },
  };
  checkRuntime(item, action, Date.parse('2026-11-21'), findings);
  return findings.all;
}

test.each<[runtime: string, action: PlannedAction, expected: Partial<Finding>]>([
  [
    'cobol',
    'create',
    {
      rule: 'runtime/unknown',
      severity: 'warning',
      message: 'function fn uses the unknown runtime cobol, which AWS Lambda may refuse',
      fix: 'check its name in the documentation of AWS Lambda',
    },
  ],
  ['node22', 'create', { rule: 'runtime/unknown', fix: 'did you mean "nodejs22.x"?' }],
  ['python12', 'create', { rule: 'runtime/unknown', fix: 'did you mean "python3.12"?' }],
  [
    'nodejs20.x',
    'create',
    {
      rule: 'runtime/ending',
      severity: 'warning',
      message:
        'function fn uses runtime nodejs20.x, which AWS will not accept for new functions from 2027-02-01 on',
    },
  ],
  [
    'nodejs14.x',
    'create',
    {
      rule: 'runtime/retired',
      severity: 'error',
      message:
        'function fn uses runtime nodejs14.x, which AWS no longer accepts for new functions (updates are accepted until 2027-03-03)',
      fix: 'build the function for nodejs24.x and set that as its runtime, or run it there as it is with runtimes',
    },
  ],
  [
    'nodejs12.x',
    'update code',
    {
      rule: 'runtime/retired',
      severity: 'error',
      message:
        'function fn uses runtime nodejs12.x, which AWS no longer accepts for new functions or for updates',
    },
  ],
  ['nodejs12.x', 'unchanged', { rule: 'runtime/retired', severity: 'warning' }],
])('a function with runtime %s to %s', (runtime, action, expected) => {
  expect(check(runtime, action)).toEqual([
    expect.objectContaining({ location: 'functions[0].runtime', ...expected }),
  ]);
});

test('a function with a current runtime has no findings', () => {
  expect(check('nodejs24.x', 'create')).toEqual([]);
});

test("the fix for go1.x names the option in the caller's words", () => {
  const vocabulary = { ...LIBRARY_VOCABULARY, migrateRuntimes: '--migrate-runtimes' };
  expect(check('go1.x', 'create', new Findings(vocabulary))[0]?.fix).toBe(FIX.migrate('--migrate-runtimes'));
  expect(check('go1.x', 'create')[0]?.fix).toBe(FIX.migrate('migrateRuntimes: true'));
});

test.each<[runtime: string, megabytes: number | undefined, expected: readonly Partial<Finding>[]]>([
  [
    'java21',
    undefined,
    [{ rule: 'function/java-memory', severity: 'note', fix: 'set functions.memory to 1024 MB or more' }],
  ],
  ['java21', 256, []],
  ['nodejs24.x', undefined, []],
])('the memory of a function with runtime %s and %s MB', (runtime, megabytes, expected) => {
  const findings = new Findings();
  checkJavaMemory({ location: 'functions[0]', name: 'fn', handler: 'h', runtime }, megabytes, findings);
  expect(findings.all).toMatchObject(expected);
  expect(findings.all).toHaveLength(expected.length);
});
