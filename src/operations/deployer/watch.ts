import { throwIfAborted } from '../../core/async/clock.js';
import type { WaitContext } from '../../core/async/poll.js';
import type { DeployerListener } from '../../core/deployer/event.js';
import { alertOf, type PassAlert, type ToldFailure } from '../../core/deployer/pass-alerts.js';
import { pauseAfterPass } from '../../core/deployer/period.js';
import type { PassReport } from '../../core/deployer/report.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { DeployerMetrics } from '../../core/ports/deployer-metrics.js';
import type { Notifier } from '../../core/ports/notifier.js';
import type { DeployerPorts } from './ports.js';
import { recordPass } from './record-pass.js';
import { runPass } from './run-pass.js';
import type { DeployerSettings } from './settings.js';

/** What a loop of passes needs. */
export interface WatchPorts extends WaitContext {
  readonly onEvent: DeployerListener;
  /** Returns a number from 0 to 1. */
  random(): number;
}

/** What a deployer needs that makes one pass after the other. */
export interface WatchDeployerPorts extends DeployerPorts, WatchPorts {
  readonly onEvent: DeployerListener;
  readonly metrics: DeployerMetrics;
}

/**
 * Makes one pass of a deployer after the other until the signal is aborted. People are told of passes that fail as
 * {@link alertOf} decides.
 *
 * @param interval as of {@link watchPasses}
 * @param beforeChanges called before anything is changed
 * @throws AppsctlError as {@link watchPasses}
 */
export function watchDeployments(
  settings: DeployerSettings,
  interval: number,
  ports: WatchDeployerPorts,
  beforeChanges?: () => void,
): Promise<never> {
  const { environment } = settings;
  let told: ToldFailure | undefined;
  const decide = (error: AppsctlError | undefined): PassAlert | undefined => {
    const decision = alertOf(told, error, ports.clock.now());
    told = decision.told;
    return decision.alert;
  };
  const notifier: Notifier = {
    notify(message, context) {
      if (message.kind !== 'pass failed' || decide(message.error) === 'failed')
        ports.notifier.notify(message, context);
    },
    flush: () => ports.notifier.flush(),
  };
  const runOnePass = async (): Promise<PassReport> => {
    const report = await runPass(settings, { ...ports, notifier }, beforeChanges);
    if (report.heldBy === undefined && decide(undefined) === 'works again')
      notifier.notify({ kind: 'passes work again' }, { run: report.run, environment });
    return report;
  };
  return watchPasses(interval, () => recordPass(runOnePass, { ...ports, notifier }), ports);
}

/**
 * Makes one pass after the other until the signal is aborted, with a pause from the end of a pass to the next one. A pass
 * that fails is reported and does not end the loop.
 *
 * @param interval the pause in milliseconds, which varies by 10 %
 * @throws AppsctlError INTERRUPTED in the end; errors of the input, such as INVALID_VARIABLE, which no further pass can help
 */
export async function watchPasses(
  interval: number,
  runOnePass: () => Promise<unknown>,
  { clock, onEvent, signal, random }: WatchPorts,
): Promise<never> {
  for (;;) {
    throwIfAborted(signal);
    try {
      await runOnePass();
    } catch (error) {
      if (!AppsctlError.is(error) || error.isInputError || error.code === 'INTERRUPTED') throw error;
      onEvent({ type: 'pass', state: 'failed', error });
    }
    await clock.sleep(pauseAfterPass(interval, random()), signal);
  }
}
