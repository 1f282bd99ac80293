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

/** AWS orders names by their UTF-8 bytes, which differs from JavaScript's order beyond the BMP. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function encodeMarker(key: string): string {
  return Buffer.from(key).toString('base64url');
}

export function decodeMarker(marker: string): string {
  return Buffer.from(marker, 'base64url').toString();
}
