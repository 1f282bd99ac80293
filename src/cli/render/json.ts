/** The lines of a result as JSON, with the version of its format. */
export function jsonLines(fields: object): string[] {
  return JSON.stringify({ version: 1, ...fields }, undefined, 2).split('\n');
}
