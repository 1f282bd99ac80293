export interface Page<Item> {
  items: Item[];
  /** Opaque; undefined on the last page. */
  next: string | undefined;
}

/**
 * One page of a list in ascending order of its keys. The marker names the last key that was answered, so
 * that entries which come and go between two pages shift nothing.
 */
export function pageOf<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  marker: string | undefined,
  size: number,
): Page<Item> {
  const sorted = [...items].sort((a, b) => compareBytes(keyOf(a), keyOf(b)));
  const after = marker === undefined ? undefined : decodeMarker(marker);
  const rest = after === undefined ? sorted : sorted.filter((item) => compareBytes(keyOf(item), after) > 0);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    items: page,
    next: rest.length > page.length && last !== undefined ? encodeMarker(keyOf(last)) : undefined,
  };
}

/** AWS orders names by their UTF-8 bytes, which differs from JavaScript's order beyond the BMP only. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return byteOrder(x) - byteOrder(y);
  }
  return a.length - b.length;
}

/** Moves surrogates, of which characters beyond the BMP consist, behind all the others. */
function byteOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

export function encodeMarker(key: string): string {
  return Buffer.from(key).toString('base64url');
}

export function decodeMarker(marker: string): string {
  return Buffer.from(marker, 'base64url').toString();
}
