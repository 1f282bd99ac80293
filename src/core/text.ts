const UTF8 = new TextEncoder();

/** Orders two strings by their UTF-8 bytes, as Go orders map keys (UTF-16 order differs beyond the BMP). */
export function compareUtf8(a: string, b: string): number {
  const left = UTF8.encode(a);
  const right = UTF8.encode(b);
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 without replacing or dropping anything, a byte order mark included.
 *
 * @returns the text; undefined when the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
