import { AppsctlError } from './error.js';
import type { Findings } from './findings.js';

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
  const location = only?.location === file ? file : `${file}: ${only?.location}:`;
  const message = only === undefined ? `${file} has ${errors.length} errors` : `${location} ${only.message}`;
  return new AppsctlError('INVALID_BUNDLE', message, {
    hint: only?.fix,
    findings: findings.all,
    cause,
  });
}
