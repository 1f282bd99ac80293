import { GO_RUNTIME, GO_SUCCESSOR, runtimeStatus } from '../aws/runtimes.js';
import type { Findings } from '../diagnostics/findings.js';
import type { BundleFunction } from './bundle.js';

/** What a deployment does to a function; `unknown` as long as AWS was not asked. */
export type PlannedAction =
  | 'create'
  /** The function exists with another runtime. */
  | 'change runtime'
  | 'update code'
  | 'update configuration'
  | 'unchanged'
  | 'unknown';

/**
 * Checks that AWS Lambda still accepts a function's runtime.
 *
 * @param item the function
 * @param fate what the deployment does to it
 * @param now milliseconds since the epoch
 * @param findings takes an error where AWS refuses, a warning where it may or soon will, a note where nobody knows
 */
export function checkRuntime(
  { name, runtime }: BundleFunction,
  fate: PlannedAction,
  now: number,
  findings: Findings,
): void {
  const status = runtimeStatus(runtime, now);
  const fix =
    runtime === GO_RUNTIME
      ? `deploy with --migrate-runtimes, which runs the same program on ${GO_SUCCESSOR}`
      : 'build the function for a current runtime, and name that in the manifest';
  const location = `function ${name}`;
  const uses = `uses runtime ${runtime}`;
  // What was only announced may have been postponed: AWS decides then.
  const report = (isRefused: boolean, isCertain: boolean, message: string): void => {
    if (isRefused && isCertain) findings.error(location, message, fix);
    else findings.warning(location, message, fix);
  };
  const needsCreation = fate === 'create' || fate === 'change runtime';
  switch (status.kind) {
    case 'current':
      return;
    case 'unknown':
      findings.note(location, `${uses}, which appsctl does not know: AWS decides`);
      return;
    case 'ending':
      findings.warning(
        location,
        `${uses}, which AWS does not accept for new functions from ${status.createBlocked} on`,
        fix,
      );
      return;
    case 'create-blocked':
      report(
        needsCreation,
        status.isCertain,
        `${uses}, which AWS no longer accepts for new functions (updates are accepted until ${status.updateBlocked})`,
      );
      return;
    case 'update-blocked':
      report(
        needsCreation || fate === 'update code',
        status.isCertain,
        `${uses}, which AWS accepts neither for new functions nor for updates`,
      );
  }
}
