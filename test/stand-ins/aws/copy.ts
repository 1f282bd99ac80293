/**
 * A deep copy of plain data, maps and sets that preserves shared references. Buffers and dates are never changed in
 * place, so copies share them.
 */
export function copyOf<Value>(value: Value): Value {
  return copied(value, new Map()) as Value;
}

function copied(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value))
    return value;
  const before = known.get(value);
  if (before !== undefined) return before;
  const keep = <Copy>(copy: Copy): Copy => {
    known.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const array: unknown[] = keep([]);
    for (const item of value) array.push(copied(item, known));
    return array;
  }
  if (value instanceof Set) return keep(new Set(value));
  if (value instanceof Map) {
    const map: Map<unknown, unknown> = keep(new Map());
    for (const [key, item] of value) map.set(key, copied(item, known));
    return map;
  }
  const object: Record<string, unknown> = keep({});
  for (const [key, item] of Object.entries(value)) object[key] = copied(item, known);
  return object;
}
