import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRICS, type MetricName, passSamples, type Sample } from '../../../../src/core/deployer/metrics.js';
import { formatMetrics, parseMetrics } from '../../../../src/core/deployer/metrics-text.js';
import { PASS_START, passReport } from '../../../support/pass-report.js';

const SAMPLES = passSamples(
  {
    ...{ startedAt: PASS_START, endedAt: PASS_START + 1500, undelivered: 0 },
    report: passReport({ endedAt: PASS_START + 1500, failureCodes: { NETWORK: 2 } }),
  },
  { environment: 'test', version: '2.0.0' },
);

/** A parser of its own, character by character, as Prometheus describes the format. */
function parseText(text: string): Sample[] {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  expect(text === '' || text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n').slice(0, -1)) {
    const [hash, keyword, name = '', ...rest] = line.split(' ');
    if (hash === '#') {
      if (keyword !== 'TYPE') continue;
      // One group of lines for each metric.
      expect(types.has(name)).toBe(false);
      types.set(name, rest.join(' '));
      continue;
    }
    const open = line.indexOf('{');
    const labels: Record<string, string> = {};
    let position = open + 1;
    while (line[position] !== '}') {
      if (line[position] === ',') position++;
      const equals = line.indexOf('="', position);
      const label = line.slice(position, equals);
      let value = '';
      for (position = equals + 2; line[position] !== '"'; position++) {
        if (line[position] !== '\\') value += line[position];
        else value += line[++position] === 'n' ? '\n' : line[position];
      }
      position++;
      labels[label] = value;
    }
    const metric = line.slice(0, open);
    expect([...types.keys()].at(-1)).toBe(metric);
    samples.push({ name: metric as MetricName, labels, value: Number(line.slice(position + 1)) });
  }
  return samples;
}

describe('the text format', () => {
  test('has a help, a type and the samples of each metric', () => {
    const text = formatMetrics(SAMPLES);
    expect(text).toContain(`\
# HELP appsctl_deployer_bundles The number of bundles in the bucket, by state
# TYPE appsctl_deployer_bundles gauge
appsctl_deployer_bundles{environment="test",state="new"} 0
appsctl_deployer_bundles{environment="test",state="deployed"} 3
`);
    expect(parseText(text)).toHaveLength(SAMPLES.length);
  });

  test('can be parsed, whatever the values of labels are', () => {
    const label = fc.oneof(fc.string(), fc.stringMatching(/^[\\"\nn,{} =]*$/));
    const sample = fc.record({
      name: fc.constantFrom(...(Object.keys(METRICS) as MetricName[])),
      labels: fc.dictionary(fc.constantFrom('environment', 'state', 'code'), label, { minKeys: 1 }),
      value: fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e12, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const order = Object.keys(METRICS);
        const sorted = samples.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
        const expected = sorted.map(({ labels, ...rest }) => ({ ...rest, labels: { ...labels } }));
        expect(parseText(formatMetrics(samples))).toEqual(expected);
        expect(parseMetrics(formatMetrics(samples))).toEqual(expected);
      }),
    );
  });

  test.each([
    ['another metric', 'node_load1{environment="test"} 1'],
    ['a metric without labels', 'appsctl_deployer_skipped 1'],
    ['no number', 'appsctl_deployer_skipped{environment="test"} NaN'],
    ['an incomplete line', 'appsctl_deployer_skipped{environment="te'],
    ['a property of all objects', 'constructor{environment="test"} 1'],
    ['another file', '\0\u{1f600}{{{""'],
  ])('of %s is not taken over', (_, line) => {
    expect(parseMetrics(`${line}\n`)).toEqual([]);
  });

  const promtool = spawnSync('promtool', ['--version']).error === undefined;

  test.runIf(promtool)('is accepted by promtool', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: formatMetrics(SAMPLES) });
    expect({ status, problems: stderr.toString() }).toEqual({ status: 0, problems: '' });
  });
});
