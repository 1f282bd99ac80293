import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { passSamples } from '../../../../src/core/deployer/metrics.js';
import { formatEmf } from '../../../../src/core/deployer/metrics-emf.js';
import { deployedBundle, failedBundle, PASS_START, passReport } from '../../../support/pass-report.js';

/**
 * The JSON schema of the format, without its values for examples.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const text = (maximum: number) => z.string().check(z.minLength(1), z.maxLength(maximum));
const documentSchema = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.int(),
    CloudWatchMetrics: z.array(
      z.strictObject({
        Namespace: text(1024),
        Dimensions: z.array(z.array(text(250)).check(z.maxLength(30))).check(z.minLength(1)),
        Metrics: z
          .array(z.strictObject({ Name: text(1024), Unit: z.enum(['Seconds', 'Count']) }))
          .check(z.minLength(1), z.maxLength(100)),
      }),
    ),
  }),
});

const report = passReport({
  deployed: [deployedBundle()],
  failed: [failedBundle()],
  failureCodes: { NETWORK: 1, INVALID_BUNDLE: 2 },
});
const samples = passSamples(
  { startedAt: PASS_START, endedAt: report.endedAt, report, undelivered: 1 },
  { environment: 'test', version: '2.0.0' },
);
const lines = formatEmf(samples, report.endedAt);

test('each line is a document of the embedded metric format', () => {
  for (const line of lines) {
    expect(line).not.toContain('\n');
    const root: unknown = JSON.parse(line);
    const { _aws } = documentSchema.parse(root);
    expect(_aws.Timestamp).toBe(report.endedAt);
    for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      expect(Namespace).toBe('appsctl/deployer');
      // What is named must be there: strings of up to 1,024 characters for dimensions, numbers for metrics.
      for (const name of Dimensions.flat())
        expect(root).toHaveProperty(name, expect.stringMatching(/^.{1,1024}$/));
      for (const { Name } of Metrics) expect(root).toHaveProperty(Name, expect.any(Number));
    }
  }
});

test('the lines have each gauge once, by environment and label', () => {
  const values = lines.flatMap((line) => {
    const root = JSON.parse(line) as Record<string, unknown> & z.infer<typeof documentSchema>;
    return root._aws.CloudWatchMetrics.flatMap(({ Dimensions: [dimensions = []] = [], Metrics }) =>
      Metrics.map(({ Name, Unit }) => {
        const name = Name.replace('appsctl_deployer_', '');
        return [
          name,
          ...dimensions.map((dimension) => `${dimension}=${root[dimension]}`),
          root[Name],
          Unit,
        ].join(' ');
      }),
    );
  });
  expect(values).toEqual([
    `last_run_timestamp_seconds Environment=test ${report.endedAt / 1000} Seconds`,
    'run_failed Environment=test 0 Count',
    'skipped Environment=test 0 Count',
    'run_duration_seconds Environment=test 90 Seconds',
    'run_notifications_failed Environment=test 1 Count',
    'bundle_age_seconds_max Environment=test 0 Seconds',
    'run_deployments Environment=test Result=deployed 1 Count',
    'run_deployments Environment=test Result=failed 1 Count',
    'bundles Environment=test State=new 0 Count',
    'bundles Environment=test State=deployed 3 Count',
    'bundles Environment=test State=failed 0 Count',
    'bundles Environment=test State=blocked 0 Count',
    'failures Environment=test Code=NETWORK 1 Count',
    'failures Environment=test Code=INVALID_BUNDLE 2 Count',
  ]);
});

test('the version is a property, not a metric', () => {
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ Version: '2.0.0' });
});
