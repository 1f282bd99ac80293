import { AwsError } from './errors.js';
import { asBody, invalid, type LambdaBody } from './lambda-settings.js';

const TAGS = 50;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * Reads the tags of a request, and refuses those beyond Lambda's limits and keys reserved for AWS. AWS does not document
 * the message for the latter.
 *
 * @param current the tags that the function has; those of AWS do not count towards the limit
 */
export function readTags(body: LambdaBody, current: ReadonlyMap<string, string>): Map<string, string> {
  const tags = new Map<string, string>();
  for (const [key, given] of Object.entries(asBody(body['Tags']))) {
    const value = String(given);
    if (key === '' || key.length > 128 || !CHARACTERS.test(key)) throw constraint('keys', 128, 1);
    if (value.length > 256 || !CHARACTERS.test(value)) throw constraint('values', 256, 0);
    refuseReserved(key);
    tags.set(key, value);
  }
  const count = [...new Map([...current, ...tags]).keys()].filter((key) => !isReserved(key)).length;
  if (count > TAGS) throw invalid(`The number of tags exceeds the limit of ${TAGS}`);
  return tags;
}

export function refuseReserved(key: string): void {
  if (isReserved(key))
    throw invalid(`The tag key ${key} is reserved: keys that begin with aws: are for AWS's own use`);
}

function isReserved(key: string): boolean {
  return key.toLowerCase().startsWith('aws:');
}

function constraint(what: 'keys' | 'values', most: number, least: number): AwsError {
  return new AwsError(
    400,
    'ValidationException',
    `1 validation error detected: Value at 'tags' failed to satisfy constraint: Map ${what} must satisfy constraint: [Member must have length less than or equal to ${most}, Member must have length greater than or equal to ${least}, Member must satisfy regular expression pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)]`,
  );
}
