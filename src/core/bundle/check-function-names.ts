import type { Findings } from '../diagnostics/findings.js';
import { findSimilar } from '../did-you-mean.js';
import { LIMITS } from '../limits.js';

/** The number of unknown names for which a similar one is looked for. */
const MAX_COMPARED = 20;

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
  const known = new Set(functions.map(({ name }) => name));
  // Comparing every name with every other would take too long for more functions than a manifest may have.
  const candidates = known.size > LIMITS.functions ? [] : [...known];
  let unknown = 0;
  for (const name of names) {
    if (known.has(name)) continue;
    const compared = ++unknown > MAX_COMPARED ? [] : candidates;
    const similar = findSimilar(name, compared) ?? (compared.length === 1 ? compared[0] : undefined);
    const fix =
      similar === undefined
        ? 'remove it, or add the function to the manifest'
        : `did you mean ${JSON.stringify(similar)}?`;
    const message = 'is not the name of a function in the manifest';
    findings.error('package/unknown-function', `functions.${name}`, message, fix);
  }
}
