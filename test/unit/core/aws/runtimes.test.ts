import { describe, expect, test } from 'vitest';
import { newestRuntime, runtimeEnd, runtimeStatus } from '../../../../src/core/aws/runtimes.js';
import { checkRuntime, type PlannedAction } from '../../../../src/core/bundle/check-runtimes.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';

const CERTAIN = true;
const ANNOUNCED = false;

test.each([
  ['nodejs14.x', 'nodejs24.x'],
  ['python3.7', 'python3.14'],
  ['ruby2.7', 'ruby4.0'],
  ['java8.al2', 'java25'],
  ['dotnetcore3.1', 'dotnet10'],
  ['dotnet6', 'dotnet10'],
  ['provided', 'provided.al2023'],
  ['go1.x', 'provided.al2023'],
  ['cobol', undefined],
])('instead of %s, new functions should use %s, whose end is years away', (runtime, newest) => {
  expect(newestRuntime(runtime)).toBe(newest);
  if (newest !== undefined)
    expect(runtimeStatus(newest, Date.parse('2028-01-01'))).toEqual({ kind: 'current' });
});

test.each([
  ['nodejs22.x', { createBlocked: '2027-06-01', updateBlocked: '2027-07-01', isOver: false }],
  ['nodejs20.x', { createBlocked: '2027-02-01', updateBlocked: '2027-03-03', isOver: true }],
  ['go1.x', { createBlocked: undefined, updateBlocked: '2027-03-03', isOver: true }],
  ['nodejs12.x', { createBlocked: undefined, updateBlocked: undefined, isOver: true }],
  ['nodejs26.x', { createBlocked: undefined, updateBlocked: undefined, isOver: false }],
  ['cobol', undefined],
])('the end of %s, in March 2027', (runtime, expected) => {
  expect(runtimeEnd(runtime, Date.parse('2027-03-01'))).toEqual(expected);
});

describe('runtimeStatus', () => {
  test.each([
    ['nodejs12.x', '2026-11-21', { kind: 'update-blocked', isCertain: CERTAIN }],
    ['python3.6', '2026-11-21', { kind: 'update-blocked', isCertain: CERTAIN }],
    ['dotnetcore3.1', '2026-11-21', { kind: 'update-blocked', isCertain: CERTAIN }],
    ['go1.x', '2026-11-21', { kind: 'create-blocked', updateBlocked: '2027-03-03', isCertain: CERTAIN }],
    ['go1.x', '2027-03-02', { kind: 'create-blocked', updateBlocked: '2027-03-03', isCertain: CERTAIN }],
    ['go1.x', '2027-03-03', { kind: 'update-blocked', isCertain: ANNOUNCED }],
    ['nodejs14.x', '2026-11-21', { kind: 'create-blocked', updateBlocked: '2027-03-03', isCertain: CERTAIN }],
    ['nodejs16.x', '2026-11-21', { kind: 'ending', createBlocked: '2027-02-01' }],
    ['nodejs20.x', '2027-01-31', { kind: 'ending', createBlocked: '2027-02-01' }],
    [
      'nodejs20.x',
      '2027-02-01',
      { kind: 'create-blocked', updateBlocked: '2027-03-03', isCertain: ANNOUNCED },
    ],
    ['provided.al2', '2027-03-03', { kind: 'update-blocked', isCertain: ANNOUNCED }],
    ['nodejs22.x', '2026-11-21', { kind: 'current' }],
    // 120 days before.
    ['nodejs22.x', '2027-01-31T23:59:59.999Z', { kind: 'current' }],
    ['nodejs22.x', '2027-02-01', { kind: 'ending', createBlocked: '2027-06-01' }],
    ['nodejs22.x', '2027-05-01', { kind: 'ending', createBlocked: '2027-06-01' }],
    [
      'nodejs22.x',
      '2027-06-30',
      { kind: 'create-blocked', updateBlocked: '2027-07-01', isCertain: ANNOUNCED },
    ],
    ['nodejs22.x', '2027-07-01', { kind: 'update-blocked', isCertain: ANNOUNCED }],
    ['ruby3.3', '2027-05-31', { kind: 'update-blocked', isCertain: ANNOUNCED }],
    ['java11', '2027-08-30', { kind: 'create-blocked', updateBlocked: '2027-08-31', isCertain: ANNOUNCED }],
    ['python3.11', '2027-08-31', { kind: 'update-blocked', isCertain: ANNOUNCED }],
    ['nodejs24.x', '2028-07-01', { kind: 'update-blocked', isCertain: ANNOUNCED }],
    ['provided.al2023', '2029-01-01', { kind: 'current' }],
    ['provided.al2023', '2029-08-31', { kind: 'update-blocked', isCertain: ANNOUNCED }],
    ['java11.al2023', '2030-01-01', { kind: 'current' }],
    ['nodejs26.x', '2030-01-01', { kind: 'current' }],
    ['java21', '2029-01-01', { kind: 'current' }],
    ['ruby3.4', '2028-04-30', { kind: 'create-blocked', updateBlocked: '2028-05-31', isCertain: ANNOUNCED }],
    [
      'python3.12',
      '2028-12-10',
      { kind: 'create-blocked', updateBlocked: '2029-01-10', isCertain: ANNOUNCED },
    ],
    ['dotnet10', '2028-12-15', { kind: 'create-blocked', updateBlocked: '2029-01-15', isCertain: ANNOUNCED }],
    ['ruby4.0', '2029-04-30', { kind: 'create-blocked', updateBlocked: '2029-05-31', isCertain: ANNOUNCED }],
    ['cobol', '2026-11-21', { kind: 'unknown' }],
    ['constructor', '2026-11-21', { kind: 'unknown' }],
  ])('%s on %s', (runtime, day, status) => expect(runtimeStatus(runtime, Date.parse(day))).toEqual(status));
});

test.each<[runtime: string, day: string, action: PlannedAction, severities: string[]]>([
  ['go1.x', '2026-11-21', 'create', ['error']],
  ['go1.x', '2026-11-21', 'change runtime', ['error']],
  ['go1.x', '2026-11-21', 'update code', ['warning']],
  ['go1.x', '2026-11-21', 'update configuration', ['warning']],
  ['go1.x', '2026-11-21', 'unchanged', ['warning']],
  ['go1.x', '2026-11-21', 'unknown', ['warning']],
  ['nodejs12.x', '2026-11-21', 'create', ['error']],
  ['nodejs12.x', '2026-11-21', 'change runtime', ['error']],
  ['nodejs12.x', '2026-11-21', 'update code', ['error']],
  ['nodejs12.x', '2026-11-21', 'update configuration', ['warning']],
  ['nodejs12.x', '2026-11-21', 'unchanged', ['warning']],
  ['nodejs12.x', '2026-11-21', 'unknown', ['warning']],
  // Announced dates may have been postponed: AWS decides.
  ['go1.x', '2027-03-03', 'update code', ['warning']],
  ['nodejs20.x', '2027-02-01', 'create', ['warning']],
  ['nodejs20.x', '2026-11-21', 'create', ['warning']],
  ['nodejs22.x', '2026-11-21', 'create', []],
  ['cobol', '2026-11-21', 'create', ['warning']],
])('a function with %s on %s to %s', (runtime, day, action, severities) => {
  const findings = new Findings();
  const item = {
    ...{ location: 'functions[0]', name: 'fn', lambdaName: 'x' },
    ...{ handler: 'h', runtime, archive: { name: 'fn.zip', size: 1 } },
  };
  checkRuntime(item, action, Date.parse(day), findings);
  expect(findings.all.map(({ severity }) => severity)).toEqual(severities);
  for (const { location, fix } of findings.all) {
    expect(location).toBe('functions[0].runtime');
    if (runtime === 'go1.x') expect(fix).toContain('migrateRuntimes: true');
  }
});
