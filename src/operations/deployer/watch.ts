import { throwIfAborted } from '../../core/async/clock.js';
import type { WaitContext } from '../../core/async/poll.js';
import type { DeployerListener } from '../../core/deployer/event.js';
import { pauseAfterPass } from '../../core/deployer/period.js';
import { AppsctlError } from '../../core/diagnostics/error.js';

/** What a loop of passes needs. */
export interface WatchPorts extends WaitContext {
  readonly onEvent: DeployerListener;
  /** Returns a number from 0 to 1. */
  random(): number;
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
