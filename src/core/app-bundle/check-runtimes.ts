import type { Findings } from '../findings.js';
import { runtimeStatus } from '../runtimes.js';
import type { BundleFunction } from './bundle.js';

/** What is about to become of a function on AWS; `undecided` when AWS was not asked. */
export type FunctionFate = 'create' | 'update' | 'unchanged' | 'undecided';

/** The runtime of the Go programs of old, and what runs them today. */
export const GO_RUNTIME = 'go1.x';

/**
 * Checks that AWS Lambda still takes a function's runtime.
 *
 * @param item the function
 * @param fate what is about to become of it
 * @param now milliseconds since the epoch
 * @param findings takes an error where AWS would refuse, a warning where it soon will, a note where nobody knows
 */
export function checkRuntime(
  item: BundleFunction,
  fate: FunctionFate,
  now: number,
  findings: Findings,
): void {
  const { name, runtime } = item;
  const status = runtimeStatus(runtime, now);
  const fix =
    runtime === GO_RUNTIME
      ? 'deploy with --migrate-runtimes, which runs the same program on provided.al2023'
      : 'build the function for a current runtime, and name that in the manifest';
  switch (status.kind) {
    case 'current':
      return;
    case 'unknown':
      findings.note(name, `has the runtime ${runtime}, which appsctl does not know: AWS decides`);
      return;
    case 'ending':
      findings.warning(
        name,
        `has the runtime ${runtime}, with which AWS creates no functions from ${status.createBlocked} on`,
        fix,
      );
      return;
    case 'create-blocked': {
      const message = `has the runtime ${runtime}, with which AWS creates no functions any more (updates until ${status.updateBlocked})`;
      if (fate === 'create') findings.error(name, message, fix);
      else findings.warning(name, message, fix);
      return;
    }
    case 'retired': {
      const message = `has the runtime ${runtime}, with which AWS neither creates nor updates functions`;
      if (fate === 'create' || fate === 'update') findings.error(name, message, fix);
      else findings.warning(name, message, fix);
    }
  }
}
