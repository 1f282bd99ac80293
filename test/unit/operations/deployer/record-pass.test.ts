import { describe, expect, test } from 'vitest';
import type { PassOutcome } from '../../../../src/core/deployer/metrics.js';
import { AppsctlError, type ErrorCode } from '../../../../src/core/diagnostics/error.js';
import { startMetricsServer } from '../../../../src/metrics/metrics-server.js';
import { openMetrics } from '../../../../src/metrics/open-metrics.js';
import { recordPass } from '../../../../src/operations/deployer/record-pass.js';
import { waitContext } from '../../../support/memory-ports/memory-context.js';
import { passReport } from '../../../support/pass-report.js';

function ports(record?: () => Promise<void>) {
  const outcomes: PassOutcome[] = [];
  return {
    ...waitContext(),
    outcomes,
    notifier: { flush: async () => 2 },
    metrics: {
      async record(outcome: PassOutcome) {
        outcomes.push(outcome);
        await record?.();
      },
    },
  };
}

const fail = (code: ErrorCode) => async (): Promise<never> => {
  throw new AppsctlError(code, `the pass: ${code}`);
};

describe('the record of a pass', () => {
  test('has its report and the messages that could not be delivered', async () => {
    const context = ports();
    const startedAt = context.clock.now();
    const report = passReport();
    expect(await recordPass(async () => report, context)).toBe(report);
    expect(context.outcomes).toEqual([{ startedAt, endedAt: report.endedAt, report, undelivered: 2 }]);
  });

  test('has the time of a pass that failed', async () => {
    const context = ports();
    const startedAt = context.clock.now();
    const pass = async (): Promise<never> => {
      await context.clock.sleep(3000);
      return fail('NETWORK')();
    };
    await expect(recordPass(pass, context)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(context.outcomes).toEqual([
      { startedAt, endedAt: startedAt + 3000, report: undefined, undelivered: 2 },
    ]);
  });

  test('is not made of a pass that was interrupted', async () => {
    const context = ports();
    await expect(recordPass(fail('INTERRUPTED'), context)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(context.outcomes).toEqual([]);
  });

  test('that cannot be written is an error', async () => {
    const context = ports(fail('OUTPUT'));
    await expect(recordPass(async () => passReport(), context)).rejects.toMatchObject({ code: 'OUTPUT' });
  });

  test('that cannot be written does not hide why the pass failed', async () => {
    const context = ports(fail('OUTPUT'));
    await expect(recordPass(fail('NETWORK'), context)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(context.events).toEqual([{ type: 'warning', message: 'the pass: OUTPUT' }]);
  });
});

test('metrics can be read while a pass runs', async () => {
  const context = waitContext();
  const metrics = openMetrics(
    { environment: 'test', version: '2.0.0' },
    { file: undefined, pushTarget: undefined, writeEmf: undefined, isLoop: true },
    { agents: undefined, onEvent: context.onEvent },
  );
  const pages = { metrics: metrics.text, health: () => ({ isHealthy: true, line: '' }) };
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0 }, pages);
  const scrape = async () => (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  try {
    const seen: string[] = [];
    const pass = async () => {
      seen.push(await scrape());
      return passReport();
    };
    for (let count = 0; count < 2; count++)
      await recordPass(pass, { ...context, metrics, notifier: { flush: async () => 0 } });
    expect(seen.map((text) => text.includes('appsctl_deployer_last_success_timestamp_seconds'))).toEqual([
      false,
      true,
    ]);
    expect(await scrape()).toBe(metrics.text());
  } finally {
    server.close();
  }
});
