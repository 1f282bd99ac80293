import { AppsctlError } from '../diagnostics/error.js';
import type { Hint } from '../diagnostics/vocabulary.js';

/** What is checked; stable, for programs. */
export type CheckId =
  | 'credentials'
  | 'bucket'
  | 'manifests'
  | 'manifest'
  | 'icon'
  | 'function'
  | 'policy'
  | 'write-denied'
  | 'other-functions-denied'
  | 'locks-denied';

/** The outcome of a check. */
export interface Check {
  readonly id: CheckId;
  /** What should be so, in plain words. */
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What was found, or why the check failed or was skipped. */
  readonly detail: string | undefined;
  /** What to do if it failed. */
  readonly hint: Hint | undefined;
}

/** What a check is about. */
export type Subject = Pick<Check, 'id' | 'title'>;

export function passed(subject: Subject, detail?: string): Check {
  return { ...subject, outcome: 'passed', detail, hint: undefined };
}

export function failed(subject: Subject, detail: string, hint: Hint): Check {
  return { ...subject, outcome: 'failed', detail, hint };
}

export function skipped(subject: Subject, reason: string): Check {
  return { ...subject, outcome: 'skipped', detail: reason, hint: undefined };
}

/**
 * Runs a check, which fails with an expected error.
 *
 * @throws what is not an AppsctlError, and INTERRUPTED
 */
export async function check(subject: Subject, run: () => Promise<Check>): Promise<Check> {
  try {
    return await run();
  } catch (error) {
    if (!AppsctlError.is(error) || error.code === 'INTERRUPTED') throw error;
    const hint: Hint = (vocabulary) => error.hintIn(vocabulary) ?? vocabulary.again;
    return failed(subject, error.message, hint);
  }
}
