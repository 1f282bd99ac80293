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
  for (const { name, fix } of findUnknownFunctions(known, names)) {
    const message = 'is not the name of a function in the manifest';
    findings.error('package/unknown-function', `functions.${name}`, message, fix);
  }
}

/**
 * Finds names that no function has.
 *
 * @param known the names in the manifest
 * @returns the names, with what to do about each
 */
export function findUnknownFunctions(
  known: readonly string[],
  names: Iterable<string>,
): { readonly name: string; readonly fix: string }[] {
  const set = new Set(known);
  return [...names]
    .filter((name) => !set.has(name))
    .map((name) => {
      const similar = findSimilar(name, known) ?? (known.length === 1 ? known[0] : undefined);
      const fix =
        similar === undefined
          ? `the functions in the manifest are: ${known.join(', ') || 'none'}`
          : `did you mean ${JSON.stringify(similar)}?`;
      return { name, fix };
    });
}
