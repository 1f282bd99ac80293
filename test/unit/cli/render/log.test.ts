import { describe, expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../../../src/cli/input/vocabulary.js';
import { createLog, type LogEntry } from '../../../../src/cli/render/log.js';
import type { DeployerEvent } from '../../../../src/core/deployer/event.js';
import type { FailedBundle } from '../../../../src/core/deployer/report.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { deployedBundle, PASS_START, passReport } from '../../../support/pass-report.js';

const CONTEXT = { clock: { now: () => PASS_START }, vocabulary: CLI_VOCABULARY };
const TIME = '2026-11-29T01:00:00.000Z';

const started: DeployerEvent = {
  ...{ type: 'pass', state: 'started' },
  ...{ run: 'run-1', environment: 'test', bucket: 'bundles' },
};
const error = new AppsctlError('NETWORK', 'no connection', { hint: 'check it', items: ['a', 'b'] });
const failure: FailedBundle = {
  ...{ key: 'a b.zip', app: deployedBundle().app, error, attempts: 2, isRecorded: true, isNews: false },
  nextAttemptAt: PASS_START + 3_600_000,
};
const failedWith = (result: Partial<FailedBundle>): DeployerEvent => ({
  ...{ type: 'bundle', state: 'failed', bundle: result.key ?? failure.key },
  result: { ...failure, ...result },
});
const failed = failedWith({});
const full = new AppsctlError('LIMIT', 'full');
const bug = new TypeError('x is not a function');
const broken: DeployerEvent = {
  ...{ type: 'bundle', state: 'failed', bundle: 'app.zip' },
  result: {
    ...{
      key: 'app.zip',
      app: undefined,
      attempts: 1,
      nextAttemptAt: undefined,
      isRecorded: true,
      isNews: true,
    },
    error: new AppsctlError('INTERNAL', 'internal error: x is not a function', { cause: bug }),
  },
};
const deployed: DeployerEvent = {
  ...{ type: 'bundle', state: 'deployed', bundle: 'app.zip' },
  result: { ...deployedBundle(), failedAttempts: 2 },
};
const planned: DeployerEvent = {
  type: 'bundle',
  state: 'planned',
  bundle: 'app.zip',
  result: { key: 'app.zip', app: deployedBundle().app, changes: [], error: undefined },
};
const ended: DeployerEvent = { type: 'pass', state: 'ended', report: passReport() };
const heldBy = { run: 'run-0', host: 'h', since: PASS_START };
const skipped: DeployerEvent = { type: 'pass', state: 'ended', report: passReport({ heldBy }) };
const resource: DeployerEvent = {
  ...{ type: 'resource', kind: 'function', name: 'f', outcome: 'created', bundle: 'app.zip' },
};
const request: DeployerEvent = {
  ...{ type: 'request', service: 's3', operation: 'GetObject a', outcome: '200', milliseconds: 3 },
};
const unchanged: DeployerEvent = { type: 'resource', kind: 'asset', name: 'a', outcome: 'unchanged' };

const ALL = '3 deployed, 0 new, 0 failed, 0 blocked';

const entry = (event: DeployerEvent): LogEntry => ({ type: 'event', event });

describe('as text', () => {
  test.each<[string, LogEntry, string[]]>([
    ['a pass', entry(started), ['info    run run-1: bundles from bucket bundles to environment test']],
    ['its end', entry(ended), [`info    0 deployed, 0 failed in 1 min 30 s; all bundles: ${ALL}`]],
    [
      'one that is skipped',
      entry(skipped),
      [`info    nothing was done: run run-0, which began at ${TIME}, is still going on`],
    ],
    ['a resource of a bundle', entry(resource), ['info    app.zip: created   function f']],
    ['what is not said', entry(unchanged), []],
    ['a plan, which is a result', entry(planned), []],
    [
      'a bundle that is deployed',
      entry(deployed),
      [
        'info    app.zip: Example (com.example.app 1.0.0) is deployed in 1.0 s, at attempt 3; functions: 1 created, 0 updated, 0 unchanged',
      ],
    ],
    [
      'a bundle that is not',
      entry(failed),
      [
        'error   a b.zip: com.example.app 1.0.0 is not deployed: no connection',
        'error   a b.zip:   a',
        'error   a b.zip:   b',
        'error   a b.zip: hint: check it',
        'error   a b.zip: attempt 2 [NETWORK]: tried again after 2026-11-29T02:00:00.000Z',
      ],
    ],
    [
      'a bundle that is not, and of which this is not recorded',
      entry(failedWith({ error: full, isRecorded: false })),
      [
        'error   a b.zip: com.example.app 1.0.0 is not deployed: full',
        'error   a b.zip: attempt 2 [LIMIT]: tried again by the next run',
      ],
    ],
    [
      'a bundle that is blocked',
      entry(failedWith({ key: 'apps/app.zip', error: full, nextAttemptAt: undefined })),
      [
        'error   apps/app.zip: com.example.app 1.0.0 is not deployed: full',
        'error   apps/app.zip: attempt 2 [LIMIT]: not tried again by itself; once the cause is gone, run: appsctl aws deployer retry apps/app.zip',
      ],
    ],
    ['a note', { type: 'message', level: 'note', text: 'n' }, ['note    n']],
    [
      'an error',
      { type: 'error', error },
      ['error   no connection', 'error     a', 'error     b', 'error   hint: check it'],
    ],
  ])('%s', (_, item, lines) => {
    expect(createLog('text', CONTEXT)(item)).toEqual(lines.map((line) => `${TIME} ${line}`));
  });
});

describe('as JSON', () => {
  const app = { app: 'com.example.app', version: '1.0.0' };
  const network = { code: 'NETWORK', hint: 'check it', items: ['a', 'b'] };
  test.each<[string, LogEntry, object]>([
    [
      'a pass',
      entry(started),
      {
        ...{ level: 'info', run: 'run-1', event: 'run-started' },
        message: 'run run-1: bundles from bucket bundles to environment test',
        ...{ environment: 'test', bucket: 'bundles' },
      },
    ],
    [
      'its end',
      entry(ended),
      {
        ...{
          level: 'info',
          event: 'run-ended',
          message: `0 deployed, 0 failed in 1 min 30 s; all bundles: ${ALL}`,
        },
        ...{ environment: 'test', deployed: 0, failed: 0 },
        bundles: { new: 0, deployed: 3, failed: 0, blocked: 0 },
        ...{ failureCodes: {}, outOfTime: false, ms: 90_000 },
      },
    ],
    [
      'a resource of a bundle',
      entry(resource),
      {
        ...{ level: 'info', bundle: 'app.zip', event: 'resource', message: 'created function f' },
        ...{ kind: 'function', resource: 'f', outcome: 'created' },
      },
    ],
    [
      'a request',
      entry(request),
      {
        ...{ level: 'debug', event: 'request', message: 'request s3 GetObject a: 200, 3 ms' },
        ...{ service: 's3', operation: 'GetObject a', outcome: '200', ms: 3 },
      },
    ],
    [
      'a finding',
      entry({
        type: 'finding',
        file: 'a.zip',
        finding: { rule: 'zip/invalid', severity: 'note', location: 'l', message: 'm' },
      }),
      {
        ...{ level: 'info', event: 'finding', message: 'm', file: 'a.zip' },
        ...{ rule: 'zip/invalid', severity: 'note', location: 'l' },
      },
    ],
    [
      'a bundle that is deployed',
      entry(deployed),
      {
        ...{
          level: 'info',
          bundle: 'app.zip',
          ...app,
          event: 'bundle-deployed',
          message: expect.any(String),
        },
        ...{ functions: { created: 1, updated: 0, unchanged: 0 }, failedAttempts: 2, ms: 1000 },
      },
    ],
    [
      'a bundle that is not',
      entry(failed),
      {
        ...{ level: 'error', bundle: 'a b.zip', ...app, event: 'bundle-failed' },
        message: 'com.example.app 1.0.0 is not deployed: no connection',
        ...network,
        ...{ attempts: 2, nextAttemptAt: '2026-11-29T02:00:00.000Z' },
      },
    ],
    [
      'a plan',
      entry(planned),
      {
        ...{
          level: 'info',
          bundle: 'app.zip',
          ...app,
          event: 'bundle-planned',
          message: 'would be deployed',
        },
        changes: { create: 0, update: 0, unchanged: 0 },
      },
    ],
    ['a note', { type: 'message', level: 'note', text: 'n' }, { level: 'info', event: 'note', message: 'n' }],
    [
      'an error',
      { type: 'error', error },
      { level: 'error', event: 'error', message: 'no connection', ...network },
    ],
    [
      'a command line that is not valid',
      { type: 'usage error', lines: ['unknown option', 'usage: a', 'hint: b'] },
      { level: 'error', event: 'error', message: 'unknown option', code: 'USAGE', hint: 'usage: a; b' },
    ],
  ])('%s', (_, item, expected) => {
    const [line = '', ...others] = createLog('json', CONTEXT)(item);
    expect(others).toEqual([]);
    expect(JSON.parse(line)).toEqual({ time: TIME, ...expected });
  });

  test.each(['text', 'json'] as const)('a bug has its stack trace (as %s)', (format) => {
    const text = createLog(format, CONTEXT)(entry(broken)).join('\n');
    expect(text).toContain('log.test.ts:');
    expect(text.split('x is not a function')).toHaveLength(3);
  });

  test('what is not said', () => {
    expect(createLog('json', CONTEXT)(entry(unchanged))).toEqual([]);
  });

  test('each line of a pass names it', () => {
    const log = createLog('json', CONTEXT);
    const runs = [resource, started, resource, ended, resource].map(
      (event) => JSON.parse(log(entry(event))[0] ?? '').run,
    );
    expect(runs).toEqual([undefined, 'run-1', 'run-1', 'run-1', undefined]);
  });
});
