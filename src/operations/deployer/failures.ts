import { AppsctlError, internalError } from '../../core/diagnostics/error.js';

/** A bundle can have tens of thousands of findings, and megabytes of text: not all is kept until the pass ends, and logged. */
const MAX_FINDINGS = 50;
const MAX_TEXT = 2000;

/** The error for whatever was thrown. */
export function toFailure(error: unknown): AppsctlError {
  return AppsctlError.is(error)
    ? error.shortened(MAX_FINDINGS, MAX_TEXT)
    : internalError(error, 'this is a bug in appsctl: please report it');
}

/** Whether an error ends the whole pass: every bundle would have it. */
export function endsPass({ code }: AppsctlError): boolean {
  return code === 'CREDENTIALS' || code === 'INTERRUPTED';
}
