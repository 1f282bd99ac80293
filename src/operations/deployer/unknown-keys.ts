import { AppsctlError } from '../../core/diagnostics/error.js';

/** What is wrong with keys of bundles, of which each is named. */
export interface KeyProblem {
  /** Follows one key. */
  readonly one: string;
  /** Follows the number of several. */
  readonly several: string;
  readonly hint: string;
}

/**
 * The error for keys that are none of bundles.
 *
 * @param bucket its name
 * @param keys at least one
 */
export function unknownKeys(
  bucket: string,
  keys: readonly string[],
  { one, several, hint }: KeyProblem,
): AppsctlError {
  if (keys.length === 1) return new AppsctlError('NOT_FOUND', `s3://${bucket}/${keys[0]} ${one}`, { hint });
  const message = `${keys.length} ${several} in bucket ${bucket}`;
  return new AppsctlError('NOT_FOUND', message, { items: keys, hint });
}
