/** The form in which a result is printed. */
export type Format = 'text' | 'json';

/**
 * The lines of a result as JSON, with the version of its format.
 *
 * @param absent null prints a field that is undefined as null; by default, it is left out
 */
export function jsonLines(fields: object, absent?: null): string[] {
  const replace = (_: string, value: unknown): unknown => (value === undefined ? absent : value);
  return JSON.stringify({ version: 1, ...fields }, replace, 2).split('\n');
}
