/**
 * Merges values of which the first ones take precedence.
 *
 * @param byName the fields that are objects to be merged name by name
 * @returns of each field the first value that is given
 */
export function mergeGiven<Values extends object>(
  first: Values,
  second: Values,
  byName: readonly (keyof Values)[],
): Values {
  const merged = { ...second };
  for (const field of Object.keys(first) as (keyof Values)[]) {
    const [over, base] = [first[field], second[field]];
    if (over === undefined) continue;
    merged[field] = byName.includes(field) && base !== undefined ? { ...base, ...over } : over;
  }
  return merged;
}
