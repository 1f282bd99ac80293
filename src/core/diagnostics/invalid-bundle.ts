import { AppsctlError } from './error.js';
import { type Findings, locationPrefix } from './findings.js';

/**
 * The error for a bundle with errors. A single one is the message; of several, the message has the number.
 *
 * @param file the bundle or the app's folder
 * @param findings all findings about it
 */
export function invalidBundle(file: string, findings: Findings, cause?: unknown): AppsctlError {
  const { errors } = findings;
  const [first] = errors;
  const only = errors.length === 1 ? first : undefined;
  // An error about the whole bundle continues its name: `app.zip is not a zip file`.
  const prefix = only?.location === file ? `${file} ` : locationPrefix(file, only?.location ?? '');
  const message = only === undefined ? `${file} has ${errors.length} errors` : `${prefix}${only.message}`;
  return new AppsctlError('INVALID_BUNDLE', message, {
    hint: only?.fix,
    findings: findings.all,
    cause,
  });
}

/**
 * The error for a file that was replaced while it was read.
 *
 * @param entry the name of the entry that is not what it was
 */
export function changedBundle(file: string, entry: string): AppsctlError {
  const message = `${file}: ${entry} has changed since it was verified`;
  return new AppsctlError('INVALID_BUNDLE', message, { hint: ({ again }) => again });
}
