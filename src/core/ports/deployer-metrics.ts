import type { PassOutcome } from '../deployer/metrics.js';

/** Where the metrics of a deployer go. */
export interface DeployerMetrics {
  /**
   * Checks that they can be written.
   *
   * @throws AppsctlError USAGE, OUTPUT
   */
  check(): Promise<void>;
  /**
   * Records how a pass has ended. What cannot be sent is reported as a warning.
   *
   * @throws AppsctlError OUTPUT when a file cannot be written
   */
  record(outcome: PassOutcome): Promise<void>;
}
