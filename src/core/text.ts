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
