import type * as z from 'zod/mini';
import { AppsctlError } from '../diagnostics/error.js';
import { didYouMean } from '../did-you-mean.js';
import { JsonSyntaxError, type JsonValue, parseStrictJson } from '../json/strict-json.js';
import { keysAt, type SettingsFile, settingsSchema } from './schema.js';

/**
 * Parses a settings file.
 *
 * @param file the name of the file in messages
 * @param bytes its content: strict JSON in UTF-8
 * @throws AppsctlError INVALID_SETTINGS naming the place of each error; values of variables and tags are not repeated
 */
export function parseSettings(file: string, bytes: Uint8Array): SettingsFile {
  const root = toPlain(parseJson(file, bytes));
  const result = settingsSchema.safeParse(root);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describeIssue(issue, root));
  throw settingsError(file, problems);
}

/**
 * Creates the error for a settings file with problems.
 *
 * @param problems one text each that begins with the place, such as `functions.hello.memory: must be …`
 */
export function settingsError(file: string, problems: readonly string[]): AppsctlError {
  const [only] = problems.length === 1 ? problems : [];
  if (only !== undefined) return new AppsctlError('INVALID_SETTINGS', `${file}: ${only}`);
  return new AppsctlError('INVALID_SETTINGS', `${file} has ${problems.length} errors`, { items: problems });
}

/** The path of a value in the file, such as `functions.hello.memory` or `layers[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    const isPlain = /^[\w$-]+$/.test(name);
    if (!isPlain) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

function parseJson(file: string, bytes: Uint8Array): JsonValue {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new AppsctlError('INVALID_SETTINGS', `${file} is not valid JSON: ${error.message}`);
  }
}

function toPlain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, item]) => [key, toPlain(item)]));
}

/** The message of zod where neither the schema nor a locale has one. */
const NO_MESSAGE = 'Invalid input';

function describeIssue(issue: z.core.$ZodIssue, root: unknown): string[] {
  const place = formatPath(issue.path);
  const at = (message: string): string[] => [place === '' ? message : `${place}: ${message}`];
  if (issue.message !== NO_MESSAGE) return at(issue.message);
  const value = valueAt(root, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey(key, issue.path));
    case 'invalid_type':
      if (value === undefined) return at('is missing');
      return at(`must be ${TYPES[issue.expected] ?? issue.expected}, not ${describeType(value)}`);
    case 'invalid_value': {
      const values = issue.values.map(String);
      const fix = typeof value === 'string' ? didYouMean(value, values, '') : '';
      return at(`must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}${fix && `: ${fix}`}`);
    }
    case 'too_small':
      return at('must not be empty');
    case 'too_big':
      return at(`must have at most ${issue.maximum} items`);
    default:
      return at('is not valid');
  }
}

function describeUnknownKey(key: string, path: readonly PropertyKey[]): string {
  const known = keysAt(path);
  const fix = didYouMean(key, known, `the keys here are ${known.join(', ')}`);
  return `${formatPath([...path, key])}: is not a known key: ${fix}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function describeType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  );
}
