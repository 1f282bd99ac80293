import {
  addPass,
  firstSamples,
  isCounter,
  type MetricsSource,
  passSamples,
} from '../core/deployer/metrics.js';
import { formatEmf } from '../core/deployer/metrics-emf.js';
import { formatMetrics } from '../core/deployer/metrics-text.js';
import type { PushTarget } from '../core/deployer/pushgateway-url.js';
import type { DeployerMetrics } from '../core/ports/deployer-metrics.js';
import { checkMetricsFile, updateMetricsFile } from './metrics-file.js';
import { type PushOptions, pushMetrics } from './pushgateway.js';

/** Where metrics go, besides the page. */
export interface MetricsOutputs {
  /** A file that is updated after each pass. */
  readonly file: string | undefined;
  readonly pushTarget: PushTarget | undefined;
  /** Gets lines in the embedded metric format of CloudWatch. */
  readonly writeEmf: ((lines: readonly string[]) => void) | undefined;
  /**
   * Whether this process makes one pass after the other. The counters of one that makes a single pass begin at 0 each time
   * and are not sent to a Pushgateway, where they would be taken for the sum.
   */
  readonly isLoop: boolean;
}

/** The metrics of the passes so far. */
export interface CollectedMetrics extends DeployerMetrics {
  /** In the text format of Prometheus. */
  text(): string;
  /** When the last pass ended, in milliseconds since the epoch; undefined if none has. */
  lastEnd(): number | undefined;
}

/** Collects the metrics of passes, and hands them on. */
export function openMetrics(
  source: MetricsSource,
  { file, pushTarget, writeEmf, isLoop }: MetricsOutputs,
  options: PushOptions,
): CollectedMetrics {
  let collected = firstSamples(source);
  let lastEnd: number | undefined;
  return {
    async check() {
      if (file !== undefined) await checkMetricsFile(file);
    },
    async record(outcome) {
      const pass = passSamples(outcome, source);
      collected = addPass(collected, pass);
      lastEnd = outcome.endedAt;
      writeEmf?.(formatEmf(pass, outcome.endedAt));
      if (pushTarget !== undefined) {
        const pushed = isLoop ? collected : pass.filter((sample) => !isCounter(sample));
        await pushMetrics(pushTarget, pushed, options);
      }
      if (file !== undefined) await updateMetricsFile(file, source.environment, pass);
    },
    text: () => formatMetrics(collected),
    lastEnd: () => lastEnd,
  };
}
