import { describe, expect, test } from 'vitest';
import { checkRuntime, type FunctionFate } from '../../src/core/app-bundle/check-runtimes.js';
import { Findings } from '../../src/core/findings.js';
import { runtimeStatus } from '../../src/core/runtimes.js';

describe('what AWS does with a runtime', () => {
  test.each([
    ['nodejs12.x', '2026-11-21', { kind: 'retired' }],
    ['python3.6', '2026-11-21', { kind: 'retired' }],
    ['dotnetcore3.1', '2026-11-21', { kind: 'retired' }],
    ['go1.x', '2026-11-21', { kind: 'create-blocked', updateBlocked: '2027-03-03' }],
    ['go1.x', '2027-03-02', { kind: 'create-blocked', updateBlocked: '2027-03-03' }],
    ['go1.x', '2027-03-03', { kind: 'retired' }],
    ['nodejs14.x', '2026-11-21', { kind: 'create-blocked', updateBlocked: '2027-03-03' }],
    ['nodejs16.x', '2026-11-21', { kind: 'ending', createBlocked: '2027-02-01' }],
    ['nodejs20.x', '2027-01-31', { kind: 'ending', createBlocked: '2027-02-01' }],
    ['nodejs20.x', '2027-02-01', { kind: 'create-blocked', updateBlocked: '2027-03-03' }],
    ['provided.al2', '2027-03-03', { kind: 'retired' }],
    ['nodejs22.x', '2026-11-21', { kind: 'current' }],
    ['nodejs22.x', '2027-05-01', { kind: 'ending', createBlocked: '2027-06-01' }],
    ['java21', '2030-01-01', { kind: 'current' }],
    ['cobol', '2026-11-21', { kind: 'unknown' }],
    ['constructor', '2026-11-21', { kind: 'unknown' }],
  ])('%s on %s', (runtime, day, status) => expect(runtimeStatus(runtime, Date.parse(day))).toEqual(status));
});

test.each<[string, FunctionFate, string[]]>([
  ['go1.x', 'create', ['error']],
  ['go1.x', 'update', ['warning']],
  ['go1.x', 'unchanged', ['warning']],
  ['go1.x', 'undecided', ['warning']],
  ['nodejs12.x', 'create', ['error']],
  ['nodejs12.x', 'update', ['error']],
  ['nodejs12.x', 'unchanged', ['warning']],
  ['nodejs12.x', 'undecided', ['warning']],
  ['nodejs20.x', 'create', ['warning']],
  ['nodejs22.x', 'create', []],
  ['cobol', 'create', ['note']],
])('a function with %s to %s', (runtime, fate, severities) => {
  const findings = new Findings();
  const item = { name: 'fn', lambdaName: 'x', handler: 'h', runtime, archive: { name: 'fn.zip', size: 1 } };
  checkRuntime(item, fate, Date.parse('2026-11-21'), findings);
  expect(findings.all.map(({ severity }) => severity)).toEqual(severities);
  if (runtime === 'go1.x') expect(findings.all[0]?.fix).toContain('--migrate-runtimes');
});
