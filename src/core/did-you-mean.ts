/** Names that differ in more than this part of their characters are not mistaken for each other. */
const MAX_DIFFERENCE = 0.5;

/**
 * Finds the name that was probably meant.
 *
 * @param name one that does not exist
 * @param candidates those that exist
 * @returns the candidate that is most like the name; undefined when none is alike
 */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const isAlike = distance <= MAX_DIFFERENCE * Math.max(name.length, candidate.length);
    if (isAlike && distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** The Levenshtein distance: how many characters must be inserted, removed or replaced. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
