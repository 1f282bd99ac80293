import type { DeployedBundle, FailedBundle, PassReport } from '../../src/core/deployer/report.js';
import { AppsctlError } from '../../src/core/diagnostics/error.js';

/** When the passes of {@link passReport} begin. */
export const PASS_START = Date.parse('2026-11-29T01:00:00Z');

/** A report of a pass that took 90 s and had nothing to do, with changes. */
export function passReport(changes: Partial<PassReport> = {}): PassReport {
  return {
    run: 'run-1',
    environment: 'test',
    startedAt: PASS_START,
    endedAt: PASS_START + 90_000,
    heldBy: undefined,
    bundles: { new: 0, deployed: 3, failed: 0, blocked: 0 },
    failureCodes: {},
    waitingSince: undefined,
    deployed: [],
    failed: [],
    isOutOfTime: false,
    ...changes,
  };
}

const APP = { id: 'com.example.app', version: '1.0.0', displayName: 'Example', homepageUrl: '' };

export function deployedBundle(key = 'app.zip'): DeployedBundle {
  const functions = { created: 1, updated: 0, unchanged: 0 };
  return { key, app: APP, functions, milliseconds: 1000, failedAttempts: 0 };
}

export function failedBundle(key = 'broken.zip'): FailedBundle {
  const error = new AppsctlError('INVALID_BUNDLE', `${key} is not valid`);
  return {
    key,
    app: undefined,
    error,
    attempts: 1,
    nextAttemptAt: undefined,
    isRecorded: true,
    isNews: true,
  };
}
