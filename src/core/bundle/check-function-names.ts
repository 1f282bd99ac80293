import type { Findings } from '../diagnostics/findings.js';
import { findSimilar } from '../did-you-mean.js';
import { LIMITS } from '../limits.js';
import { joinFirst } from '../text.js';

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

/** For how many names a similar one is looked for. */
const MAX_COMPARED = 20;
/** The number of functions that a message lists. */
const MAX_LISTED = 20;

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
  // Comparing every name with every other would take too long for more functions than a manifest may have.
  const candidates = set.size > LIMITS.functions ? [] : [...set];
  const listed = joinFirst(candidates, MAX_LISTED) || 'none';
  return [...names]
    .filter((name) => !set.has(name))
    .map((name, index) => {
      const compared = index < MAX_COMPARED ? candidates : [];
      const similar = findSimilar(name, compared) ?? (compared.length === 1 ? compared[0] : undefined);
      const fix =
        similar === undefined
          ? `the functions in the manifest are: ${listed}`
          : `did you mean ${JSON.stringify(similar)}?`;
      return { name, fix };
    });
}
