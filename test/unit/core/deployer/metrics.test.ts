import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  addPass,
  firstSamples,
  METRICS,
  type PassOutcome,
  passSamples,
  type Sample,
} from '../../../../src/core/deployer/metrics.js';
import { deployedBundle, failedBundle, PASS_START, passReport } from '../../../support/pass-report.js';

const SOURCE = { environment: 'test', version: '2.0.0' };
const END = PASS_START + 90_000;

function outcome(changes: Partial<PassOutcome> = {}): PassOutcome {
  return { startedAt: PASS_START, endedAt: END, report: passReport(), undelivered: 0, ...changes };
}

/** Values by metric without its prefix, and the value of a label besides the environment. */
function valuesOf(samples: readonly Sample[]): Record<string, number> {
  return Object.fromEntries(
    samples.map(({ name, labels: { environment, ...labels }, value }) => {
      expect(environment).toBe('test');
      return [[name.replace('appsctl_deployer_', ''), ...Object.values(labels)].join(' '), value];
    }),
  );
}

describe('the metrics of a pass', () => {
  test('say what it has done', () => {
    const report = passReport({
      bundles: { new: 1, deployed: 27, failed: 2, blocked: 1 },
      failureCodes: { NETWORK: 2, INVALID_BUNDLE: 1 },
      waitingSince: END - 3_600_500,
      deployed: [deployedBundle('1.zip'), deployedBundle('2.zip')],
      failed: [failedBundle()],
    });
    expect(valuesOf(passSamples(outcome({ report, undelivered: 3 }), SOURCE))).toEqual({
      'info 2.0.0': 1,
      last_run_timestamp_seconds: END / 1000,
      run_failed: 0,
      skipped: 0,
      run_duration_seconds: 90,
      'run_deployments deployed': 2,
      'run_deployments failed': 1,
      run_notifications_failed: 3,
      'bundles new': 1,
      'bundles deployed': 27,
      'bundles failed': 2,
      'bundles blocked': 1,
      'failures NETWORK': 2,
      'failures INVALID_BUNDLE': 1,
      bundle_age_seconds_max: 3600.5,
      'deployments_total deployed': 2,
      'deployments_total failed': 1,
      notifications_failed_total: 3,
    });
  });

  test('count as a success if nothing has failed in it', () => {
    // What failed earlier and was not tried again is no failure of this pass.
    const report = passReport({ failureCodes: { INVALID_BUNDLE: 1 } });
    expect(valuesOf(passSamples(outcome({ report }), SOURCE))).toMatchObject({
      last_success_timestamp_seconds: END / 1000,
      bundle_age_seconds_max: 0,
    });
  });

  test('replace the failures of earlier passes when there are none', () => {
    expect(valuesOf(passSamples(outcome(), SOURCE))).toMatchObject({ 'failures none': 0 });
  });

  const nothingKnown = expect.not.arrayContaining([
    'last_success_timestamp_seconds',
    'bundles new',
    'failures none',
    'bundle_age_seconds_max',
  ]);

  test('leave out the bundles if it has failed', () => {
    const values = valuesOf(passSamples(outcome({ report: undefined }), SOURCE));
    expect(values).toMatchObject({ run_failed: 1, skipped: 0, last_run_timestamp_seconds: END / 1000 });
    expect(Object.keys(values)).toEqual(nothingKnown);
  });

  test('leave out the bundles if another pass was running', () => {
    const report = passReport({ heldBy: { run: 'other', host: 'pod-1', since: PASS_START } });
    const values = valuesOf(passSamples(outcome({ report }), SOURCE));
    expect(values).toMatchObject({ run_failed: 0, skipped: 1 });
    expect(Object.keys(values)).toEqual(nothingKnown);
  });

  test('are never negative, whatever the clocks say', () => {
    const report = passReport({ waitingSince: END + 5000 });
    const values = valuesOf(passSamples(outcome({ report, startedAt: END + 1 }), SOURCE));
    expect(values).toMatchObject({ bundle_age_seconds_max: 0, run_duration_seconds: 0 });
  });
});

test('the metrics of passes are those of the last one that knew them, with the sums of all', () => {
  const passes: PassOutcome[] = [
    outcome({
      report: passReport({ deployed: [deployedBundle()], failureCodes: { NETWORK: 2 } }),
      undelivered: 1,
    }),
    outcome({
      endedAt: END + 1000,
      report: passReport({ failed: [failedBundle()], failureCodes: { LIMIT: 1 } }),
    }),
    outcome({ endedAt: END + 2000, report: undefined, undelivered: 2 }),
  ];
  const values = valuesOf(
    passes.reduce((earlier, pass) => addPass(earlier, passSamples(pass, SOURCE)), firstSamples(SOURCE)),
  );
  expect(values).toMatchObject({
    'info 2.0.0': 1,
    last_run_timestamp_seconds: (END + 2000) / 1000,
    last_success_timestamp_seconds: END / 1000,
    run_failed: 1,
    'bundles deployed': 3,
    'failures LIMIT': 1,
    'run_deployments deployed': 0,
    'deployments_total deployed': 1,
    'deployments_total failed': 1,
    notifications_failed_total: 3,
  });
  expect(values).not.toHaveProperty('failures NETWORK');
});

describe('the table of metrics', () => {
  const rows = Object.entries(METRICS);

  test('is the one in the docs', () => {
    const text = readFileSync(new URL('../../../../docs/deployer.md', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^\| `(appsctl_deployer_\w+)` \| (\w+) \| (.*?)\| (.+) \|$/gm)];
    expect(documented.map(([, name, type, labels, help]) => [name, type, labels?.trim(), help])).toEqual(
      rows.map(([name, { type, labels, help }]) => [
        name,
        type,
        labels.map((label) => `\`${label}\``).join(),
        help,
      ]),
    );
  });

  test('has the labels that the samples have', () => {
    const report = passReport({ failureCodes: { NETWORK: 1 } });
    const samples = passSamples(outcome({ report }), SOURCE);
    for (const [name, { labels }] of rows) {
      const [sample] = samples.filter((candidate) => candidate.name === name);
      expect({ name, labels: Object.keys(sample?.labels ?? {}) }).toEqual({
        name,
        labels: ['environment', ...labels],
      });
    }
  });

  test.each(rows)('%s follows the rules for names', (name, { type }) => {
    expect(name).toMatch(/^appsctl_deployer(?:_[a-z]+)+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
  });
});
