import type { Findings } from '../diagnostics/findings.js';
import { findSimilar } from '../did-you-mean.js';

/**
 * Checks that the functions that have settings are in the manifest.
 *
 * @param functions those of the manifest
 * @param names the functions with settings
 */
export function checkFunctionNames(
  functions: readonly { readonly name: string }[],
  names: Iterable<string>,
  findings: Findings,
): void {
  const known = functions.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const similar = findSimilar(name, known) ?? (known.length === 1 ? known[0] : undefined);
    const fix =
      similar === undefined
        ? 'remove it, or add the function to the manifest'
        : `did you mean ${JSON.stringify(similar)}?`;
    const message = 'is not the name of a function in the manifest';
    findings.error('package/unknown-function', `functions.${name}`, message, fix);
  }
}
