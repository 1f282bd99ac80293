import { SECOND } from '../units.js';
import type { PassReport } from './report.js';

/** A metric of the deployer. */
interface Metric {
  /** A counter is the sum over all passes, a gauge is about the last one. */
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** The labels besides `environment`. */
  readonly labels: readonly string[];
}

/** All metrics of the deployer. */
export const METRICS = {
  appsctl_deployer_info: {
    type: 'gauge',
    help: 'The version of appsctl; always 1',
    labels: ['version'],
  },
  appsctl_deployer_last_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last run ended, whether it failed or not',
    labels: [],
  },
  appsctl_deployer_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last run without a failure ended',
    labels: [],
  },
  appsctl_deployer_run_failed: {
    type: 'gauge',
    help: '1 if the last run failed as a whole, such as for lack of a permission, else 0',
    labels: [],
  },
  appsctl_deployer_skipped: {
    type: 'gauge',
    help: '1 if the last run did nothing because another one was running, else 0',
    labels: [],
  },
  appsctl_deployer_run_duration_seconds: {
    type: 'gauge',
    help: 'How long the last run took',
    labels: [],
  },
  appsctl_deployer_run_deployments: {
    type: 'gauge',
    help: 'The number of bundles that the last run deployed, or failed to deploy',
    labels: ['result'],
  },
  appsctl_deployer_run_notifications_failed: {
    type: 'gauge',
    help: 'The number of messages that the last run could not deliver',
    labels: [],
  },
  appsctl_deployer_bundles: {
    type: 'gauge',
    help: 'The number of bundles in the bucket, by state',
    labels: ['state'],
  },
  appsctl_deployer_failures: {
    type: 'gauge',
    help: 'The number of bundles that are failed or blocked, by the code of their error; without any, 0 with the code none',
    labels: ['code'],
  },
  appsctl_deployer_bundle_age_seconds_max: {
    type: 'gauge',
    help: 'The time since the upload of the oldest bundle that is new or failed; 0 without one',
    labels: [],
  },
  appsctl_deployer_deployments_total: {
    type: 'counter',
    help: 'The number of bundles that all runs deployed, or failed to deploy',
    labels: ['result'],
  },
  appsctl_deployer_notifications_failed_total: {
    type: 'counter',
    help: 'The number of messages that all runs could not deliver',
    labels: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** A value of a metric, with all of its labels. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How a pass has ended. */
export interface PassOutcome {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** What was done; undefined if the pass has failed as a whole. */
  readonly report: PassReport | undefined;
  /** How many messages could not be delivered. */
  readonly undelivered: number;
}

/** Who has the metrics. */
export interface MetricsSource {
  readonly environment: string;
  /** The version of appsctl. */
  readonly version: string;
}

/** A metric without any sample would keep its earlier ones. */
const NO_FAILURES = { none: 0 };

/** The metrics before the first pass: counters that are there from the start show the first increase, too. */
export function firstSamples({ environment, version }: MetricsSource): Sample[] {
  return [
    { name: 'appsctl_deployer_info', labels: { environment, version }, value: 1 },
    { name: 'appsctl_deployer_deployments_total', labels: { environment, result: 'deployed' }, value: 0 },
    { name: 'appsctl_deployer_deployments_total', labels: { environment, result: 'failed' }, value: 0 },
    { name: 'appsctl_deployer_notifications_failed_total', labels: { environment }, value: 0 },
  ];
}

/**
 * The metrics of a pass. Those that it does not know are left out: a pass that failed does not know the bundles, and one
 * that has failures was no success. Counters have what the pass adds to them.
 */
export function passSamples(outcome: PassOutcome, { environment, version }: MetricsSource): Sample[] {
  const sample = (
    name: MetricName,
    value: number,
    labels: Readonly<Record<string, string>> = {},
  ): Sample => ({
    name,
    labels: { environment, ...labels },
    value,
  });
  const { startedAt, endedAt, report, undelivered } = outcome;
  const isSkipped = report?.heldBy !== undefined;
  const results = { deployed: report?.deployed.length ?? 0, failed: report?.failed.length ?? 0 };
  const samples = [
    sample('appsctl_deployer_info', 1, { version }),
    sample('appsctl_deployer_last_run_timestamp_seconds', endedAt / SECOND),
    sample('appsctl_deployer_run_failed', Number(report === undefined)),
    sample('appsctl_deployer_skipped', Number(isSkipped)),
    sample('appsctl_deployer_run_duration_seconds', Math.max(0, endedAt - startedAt) / SECOND),
    sample('appsctl_deployer_run_notifications_failed', undelivered),
    sample('appsctl_deployer_notifications_failed_total', undelivered),
    ...Object.entries(results).flatMap(([result, count]) => [
      sample('appsctl_deployer_run_deployments', count, { result }),
      sample('appsctl_deployer_deployments_total', count, { result }),
    ]),
  ];
  if (report === undefined || isSkipped) return samples;
  if (results.failed === 0) {
    samples.push(sample('appsctl_deployer_last_success_timestamp_seconds', endedAt / SECOND));
  }
  const hasFailures = Object.keys(report.failureCodes).length > 0;
  const age = endedAt - (report.waitingSince ?? endedAt);
  return [
    ...samples,
    sample('appsctl_deployer_bundle_age_seconds_max', Math.max(0, age) / SECOND),
    ...Object.entries(report.bundles).map(([state, count]) =>
      sample('appsctl_deployer_bundles', count, { state }),
    ),
    ...Object.entries(hasFailures ? report.failureCodes : NO_FAILURES).map(([code, count]) =>
      sample('appsctl_deployer_failures', count, { code }),
    ),
  ];
}

/** Whether a metric is the sum over all passes. */
export function isCounter({ name }: Sample): boolean {
  return METRICS[name].type === 'counter';
}

/**
 * Adds the metrics of a pass to those of the passes before it: counters are added up, what the pass knows replaces all of
 * what was known of the same metric, and everything else stays.
 */
export function addPass(earlier: readonly Sample[], pass: readonly Sample[]): Sample[] {
  const known = new Set(pass.map(({ name }) => name));
  const sums = new Map(earlier.filter(isCounter).map((sample) => [seriesOf(sample), sample.value]));
  return [
    ...earlier.filter(({ name }) => !known.has(name)),
    ...pass.map((sample) => ({ ...sample, value: sample.value + (sums.get(seriesOf(sample)) ?? 0) })),
  ];
}

function seriesOf({ name, labels }: Sample): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}
