import type { WaitContext } from '../../core/async/poll.js';
import type { PassReport } from '../../core/deployer/report.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { DeployerMetrics } from '../../core/ports/deployer-metrics.js';
import type { Notifier } from '../../core/ports/notifier.js';

/** Where the result of a pass goes. */
export interface RecordPorts extends Pick<WaitContext, 'clock' | 'onEvent'> {
  readonly notifier: Pick<Notifier, 'flush'>;
  readonly metrics: Pick<DeployerMetrics, 'record'>;
}

/**
 * Runs a pass, waits until its messages are sent, and records its metrics. A pass that was interrupted has no metrics: it
 * has neither failed nor ended.
 *
 * @throws AppsctlError what the pass throws; OUTPUT when the metrics of one that has not failed cannot be written
 */
export async function recordPass(
  runOnePass: () => Promise<PassReport>,
  { clock, onEvent, notifier, metrics }: RecordPorts,
): Promise<PassReport> {
  const startedAt = clock.now();
  const result = await runOnePass().then(
    (report) => ({ report, endedAt: report.endedAt }),
    (error: unknown) => ({ report: undefined, error, endedAt: clock.now() }),
  );
  const { report, endedAt } = result;
  const undelivered = await notifier.flush();
  if (report !== undefined) {
    await metrics.record({ startedAt, endedAt, report, undelivered });
    return report;
  }
  if (!isInterruption(result.error)) {
    await metrics.record({ startedAt, endedAt, report, undelivered }).catch((error: Error) => {
      onEvent({ type: 'warning', message: error.message });
    });
  }
  throw result.error;
}

function isInterruption(error: unknown): boolean {
  return AppsctlError.is(error) && error.code === 'INTERRUPTED';
}
