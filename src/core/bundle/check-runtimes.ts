import { acceptedRuntimes, GO_RUNTIME, GO_SUCCESSOR, newestRuntime, runtimeStatus } from '../aws/runtimes.js';
import type { Findings } from '../diagnostics/findings.js';
import type { Hint } from '../diagnostics/vocabulary.js';
import { didYouMean } from '../did-you-mean.js';
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
 * @param findings collects an error where AWS refuses the runtime for this action, a warning where it might or soon will
 */
export function checkRuntime(
  item: DeclaredFunction,
  action: PlannedAction,
  now: number,
  findings: Findings,
): void {
  const { name, runtime } = item;
  // That it is missing is already an error.
  if (runtime === '') return;
  const status = runtimeStatus(runtime, now);
  const fix = suggestRuntime(runtime);
  const location = `${item.location}.runtime`;
  const subject = subjectOf(name);
  const uses = `${subject} uses runtime ${runtime}`;
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
      const message = `${subject} uses the unknown runtime ${runtime}, which AWS Lambda may refuse`;
      const otherwise = 'check its name in the documentation of AWS Lambda';
      findings.warning(
        'runtime/unknown',
        location,
        message,
        didYouMean(runtime, acceptedRuntimes(now), otherwise),
      );
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
  if (runtime === GO_RUNTIME) {
    return ({ migrateRuntimes }) => `use ${migrateRuntimes} to run the same program on ${GO_SUCCESSOR}`;
  }
  const newest = newestRuntime(runtime) ?? 'a supported runtime';
  return ({ runtimes }) =>
    `build the function for ${newest} and set that as its runtime, or run it there as it is with ${runtimes}`;
}

/** What is known before a deployment about what it does to the functions. */
export interface RuntimeContext {
  readonly action: PlannedAction;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether functions of the retired runtime go1.x are deployed to provided.al2023. */
  readonly migrateRuntimes: boolean;
}

/**
 * Checks the runtimes of all functions.
 *
 * @param findings collects what {@link checkRuntime} and {@link reportMigrated} report
 */
export function checkRuntimes(
  functions: readonly DeclaredFunction[],
  { action, now, migrateRuntimes }: RuntimeContext,
  findings: Findings,
): void {
  for (const item of functions) {
    if (migrateRuntimes && item.runtime === GO_RUNTIME) reportMigrated(item, findings);
    else checkRuntime(item, action, now, findings);
  }
}

/**
 * Reports a function that needs more memory than a new function gets by default.
 *
 * @param megabytes its memory; undefined when nothing sets it
 * @param findings collects a note
 */
export function checkJavaMemory(
  { location, name, runtime }: DeclaredFunction,
  megabytes: number | undefined,
  findings: Findings,
): void {
  if (megabytes !== undefined || !runtime.startsWith('java')) return;
  const message = `${subjectOf(name)} uses Java, which starts slowly with the memory that a new function gets by default`;
  findings.note(
    'function/java-memory',
    location,
    message,
    ({ memory }) => `set ${memory} to 1024 MB or more`,
  );
}

/** Reports a function that is deployed on the successor of its runtime. */
export function reportMigrated({ location, name }: DeclaredFunction, findings: Findings): void {
  const message = `${subjectOf(name)} is deployed with runtime ${GO_SUCCESSOR} instead of ${GO_RUNTIME}: a bootstrap script starts its program`;
  findings.warning('runtime/migrated', `${location}.runtime`, message);
}

/** A function without a name is an error, and yet its runtime is checked. */
function subjectOf(name: string): string {
  return name === '' ? 'a function' : `function ${name}`;
}
