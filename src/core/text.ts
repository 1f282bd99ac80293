/**
 * Compares two strings by their UTF-8 bytes, as Go orders map keys. That is the order of code points, which differs from
 * the order of UTF-16 code units for characters outside the BMP.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates encode the code points after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 strictly; a byte order mark is part of the text.
 *
 * @returns undefined if the bytes are not valid UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Joins the first of several names, as in `a, b and 3 more`.
 *
 * @param limit how many names are listed
 * @param count the number of all names, if `names` has only the first of them
 */
export function joinFirst(names: readonly string[], limit: number, count: number = names.length): string {
  const more = count > limit ? ` and ${count - limit} more` : '';
  return names.slice(0, limit).join(', ') + more;
}

/** Begins a text with a capital letter. */
export function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * Cuts a text that is longer than a limit in UTF-16 code units; what is left ends with `…`. It is a text of its own, as
 * opposed to a slice, which keeps the whole text in memory.
 */
export function cutText(text: string, limit: number): string {
  return text.length <= limit ? text : `${[...text.slice(0, limit)].join('')}…`;
}

/** A number and what it counts, such as `1 bundle` or `2 bundles`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
