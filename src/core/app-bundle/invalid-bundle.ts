import { AppsctlError } from '../errors.js';
import type { Findings } from '../findings.js';

/** The error for a bundle with findings: each of its errors is told. */
export function invalidBundle(file: string, findings: Findings): AppsctlError {
  const { errors } = findings;
  const [first] = errors;
  const only = errors.length === 1 ? first : undefined;
  const place = only?.place === file ? file : `${file}: ${only?.place}:`;
  const message = only === undefined ? `${file} has ${errors.length} errors` : `${place} ${only.message}`;
  return new AppsctlError('INVALID_BUNDLE', message, {
    hint: only?.fix,
    findings: findings.all,
  });
}
