/** A deep copy of plain data, maps and sets. Buffers and dates are never changed in place, so copies share them. */
export function copyOf<Value>(value: Value): Value {
  return copied(value) as Value;
}

function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value))
    return value;
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof Set) return new Set(value);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copied(item)]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}
