import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PassOutcome } from '../../../src/core/deployer/metrics.js';
import { pushTarget } from '../../../src/core/deployer/pushgateway-url.js';
import type { AppsctlEvent } from '../../../src/core/diagnostics/event.js';
import { type MetricsOutputs, openMetrics } from '../../../src/metrics/open-metrics.js';
import { deployedBundle, PASS_START, passReport } from '../../support/pass-report.js';
import { tempFolder } from '../../support/temp-folder.js';
import { respondWith, serve } from '../mattermost/canned-server.js';

const folder = await tempFolder();
const END = PASS_START + 90_000;
const DONE: PassOutcome = {
  ...{ startedAt: PASS_START, endedAt: END, undelivered: 0 },
  report: passReport({ deployed: [deployedBundle()] }),
};
const FAILED: PassOutcome = { ...DONE, endedAt: END + 1000, report: undefined };

function open(outputs: Partial<MetricsOutputs>) {
  const events: AppsctlEvent[] = [];
  const metrics = openMetrics(
    { environment: 'test', version: '2.0.0' },
    { file: undefined, pushTarget: undefined, writeEmf: undefined, isLoop: false, ...outputs },
    { agents: undefined, onEvent: (event) => events.push(event) },
  );
  return { ...metrics, events };
}

test('before the first pass there are the version and counters at 0', () => {
  const { text, lastEnd } = open({});
  expect(text().match(/^a.*/gm)).toEqual([
    'appsctl_deployer_info{environment="test",version="2.0.0"} 1',
    'appsctl_deployer_deployments_total{environment="test",result="deployed"} 0',
    'appsctl_deployer_deployments_total{environment="test",result="failed"} 0',
    'appsctl_deployer_notifications_failed_total{environment="test"} 0',
  ]);
  expect(lastEnd()).toBeUndefined();
});

test('after a pass that fails there are still the last success and the counters', async () => {
  const { record, text, lastEnd } = open({});
  for (const outcome of [DONE, DONE, FAILED]) await record(outcome);
  expect(text()).toContain(`last_success_timestamp_seconds{environment="test"} ${END / 1000}\n`);
  expect(text()).toContain('deployments_total{environment="test",result="deployed"} 2\n');
  expect(lastEnd()).toBe(FAILED.endedAt);
});

test.each([
  ['one pass leaves out the counters, which would begin at 0 each time', false],
  ['a loop has the counters', true],
])('what is pushed after %s', async (_, isLoop) => {
  const { url, requests } = await serve(respondWith(200));
  const { record } = open({ pushTarget: pushTarget(url, 'test'), isLoop });
  await record(FAILED);
  const [body = ''] = requests.map((request) => request.body);
  expect(body).toContain('run_deployments');
  expect(body.includes('_total')).toBe(isLoop);
  // So that the Pushgateway keeps that of an earlier pass.
  expect(body).not.toContain('last_success');
});

test('all outputs get the metrics, although the Pushgateway refuses them', async () => {
  const { url } = await serve(respondWith(500));
  const file = join(folder, 'all.prom');
  const lines: string[] = [];
  const { check, record, events } = open({
    file,
    pushTarget: pushTarget(url, 'test'),
    writeEmf: (documents) => lines.push(...documents),
  });
  await check();
  await record(DONE);
  expect(await readFile(file, 'utf8')).toContain('run_failed{environment="test"} 0\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(events.map(({ type }) => type)).toEqual(['request', 'warning']);
});

test('a file that cannot be written is an error, and the others have got the metrics', async () => {
  const lines: string[] = [];
  const file = join(folder, 'missing', 'a.prom');
  const { check, record } = open({ file, writeEmf: (documents) => lines.push(...documents) });
  await expect(check()).rejects.toMatchObject({ code: 'USAGE' });
  await expect(record(DONE)).rejects.toMatchObject({ code: 'OUTPUT' });
  expect(lines.length).toBeGreaterThan(1);
});
