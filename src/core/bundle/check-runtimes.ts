import { GO_RUNTIME, GO_SUCCESSOR, runtimeStatus } from '../aws/runtimes.js';
import type { Findings } from '../diagnostics/findings.js';
import type { Hint } from '../diagnostics/vocabulary.js';
import type { DeclaredFunction } from './bundle.js';

/** What a deployment does to a function; `unknown` before the function on AWS has been read. */
export type PlannedAction =
  | 'create'
  /** The function exists with another runtime. */
  | 'change runtime'
  | 'update code'
  | 'update configuration'
  | 'unchanged'
  | 'unknown';

/**
 * Checks that AWS Lambda accepts a function's runtime.
 *
 * @param now milliseconds since the epoch
 * @param findings collects an error where AWS refuses the runtime for this action, a warning where it might or soon will,
 *   a note for a runtime that is not known
 */
export function checkRuntime(
  item: DeclaredFunction,
  action: PlannedAction,
  now: number,
  findings: Findings,
): void {
  const { name, runtime } = item;
  const status = runtimeStatus(runtime, now);
  const fix = suggestRuntime(runtime);
  const location = `${item.location}.runtime`;
  const uses = `function ${name} uses runtime ${runtime}`;
  // AWS may have postponed an end that was only announced when the table was made, so it decides.
  const reportRetired = (isRefused: boolean, isCertain: boolean, message: string): void => {
    if (isRefused && isCertain) findings.error('runtime/retired', location, message, fix);
    else findings.warning('runtime/retired', location, message, fix);
  };
  const needsCreation = action === 'create' || action === 'change runtime';
  switch (status.kind) {
    case 'current':
      return;
    case 'unknown': {
      const message = `function ${name} uses the unknown runtime ${runtime}, which AWS Lambda may refuse`;
      findings.note('runtime/unknown', location, message);
      return;
    }
    case 'ending': {
      const message = `${uses}, which AWS will not accept for new functions from ${status.createBlocked} on`;
      findings.warning('runtime/ending', location, message, fix);
      return;
    }
    case 'create-blocked': {
      const until = `updates are accepted until ${status.updateBlocked}`;
      const message = `${uses}, which AWS no longer accepts for new functions (${until})`;
      reportRetired(needsCreation, status.isCertain, message);
      return;
    }
    case 'update-blocked': {
      const message = `${uses}, which AWS no longer accepts for new functions or for updates`;
      reportRetired(needsCreation || action === 'update code', status.isCertain, message);
    }
  }
}

/** How to replace a runtime that AWS Lambda does not accept. */
export function suggestRuntime(runtime: string): Hint {
  return runtime === GO_RUNTIME
    ? ({ migrateRuntimes }) =>
        `deploy with ${migrateRuntimes}, which runs the same program on ${GO_SUCCESSOR}`
    : 'build the function for a supported runtime, and set that in the manifest';
}
