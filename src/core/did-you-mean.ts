/** The part of a word that may differ: enough for `node22` and `nodejs22.x`, too little for unrelated words. */
const MAX_DIFFERENCE = 0.4;

/**
 * Finds the known word that was probably meant.
 *
 * @param word what was written; case does not matter
 * @returns the most similar known word, or one that ends with `_` and the word; undefined if none is similar
 */
export function findSimilar(word: string, known: readonly string[]): string | undefined {
  const written = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const length = Math.max(written.length, candidate.length);
    const limit = Math.max(1, Math.floor(length * MAX_DIFFERENCE));
    // A shortcut: the words come from files of any size.
    if (Math.abs(written.length - candidate.length) > limit) continue;
    const distance = editDistance(written, candidate.toLowerCase());
    if (distance > limit || distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  if (best !== undefined || written === '') return best;
  return known.find((candidate) => candidate.endsWith(`_${written}`));
}

/**
 * Finds the app that was probably meant. The domain that IDs begin with is the same for most apps, and does not make two
 * of them similar.
 *
 * @param id what was written
 * @param known the IDs of apps
 */
export function findSimilarApp(id: string, known: readonly string[]): string | undefined {
  const isSimilar = (candidate: string): boolean => {
    const start = sharedDomain(id.toLowerCase(), candidate.toLowerCase());
    return findSimilar(id.slice(start), [candidate.slice(start)]) !== undefined;
  };
  return findSimilar(id, known.filter(isSimilar));
}

/** The length of the labels, each with its dot, that two IDs begin with. */
function sharedDomain(a: string, b: string): number {
  let length = 0;
  for (let end = a.indexOf('.') + 1; end > 0; end = a.indexOf('.', end) + 1) {
    if (!b.startsWith(a.slice(0, end))) break;
    length = end;
  }
  return length;
}

/**
 * The fix for a word that is not known.
 *
 * @param otherwise the fix when no known word is similar
 */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const similar = findSimilar(word, known);
  return similar === undefined ? otherwise : `did you mean ${JSON.stringify(similar)}?`;
}

/** The number of letters to insert, remove, replace or swap with the next one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let distance = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) distance = Math.min(distance, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(distance);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
