import type * as z from 'zod/mini';
import { SETTING_RULES } from '../deploy/setting-rules.js';
import { AppsctlError } from '../diagnostics/error.js';
import { didYouMean } from '../did-you-mean.js';
import { JsonSyntaxError, type JsonValue, parseStrictJson } from '../json/strict-json.js';
import { keysAt, type SettingsFile, settingsSchema } from './schema.js';

/**
 * Parses a settings file.
 *
 * @param file the name of the file in messages
 * @param bytes its content: strict JSON in UTF-8
 * @returns the settings; values of variables and tags may still be invalid once their placeholders are filled
 * @throws AppsctlError INVALID_SETTINGS naming the place of each error; values of variables and tags are not repeated
 */
export function parseSettings(file: string, bytes: Uint8Array): SettingsFile {
  const root = toPlain(parseJson(file, bytes));
  const result = settingsSchema.safeParse(root);
  const issues = result.error?.issues ?? [];
  const structural = issues.filter(isStructural);
  const broken = structural.map(({ path }) => formatPath(settingPath(path) ?? path));
  const problems = structural.flatMap((issue) => describeIssue(issue, root));
  for (const { path, value, check } of findSettings(root)) {
    const place = formatPath(path);
    const problem = broken.includes(place) ? undefined : check(value);
    if (problem !== undefined) problems.push(`${place}: ${problem}`);
  }
  if (problems.length > 0 || !result.success) throw settingsError(file, problems);
  return result.data;
}

/**
 * Creates the error for a settings file with problems.
 *
 * @param problems one text each that begins with the place, such as `functions.hello.memory: …`
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

/** Whether a problem is about the form of the file. The values of settings are checked by the rules of settings. */
function isStructural(issue: z.core.$ZodIssue): boolean {
  if (settingPath(issue.path) === undefined || issue.code === 'unrecognized_keys') return true;
  return issue.code === 'invalid_type' && issue.expected !== 'int';
}

type SettingName = keyof typeof SETTING_RULES;

/** Settings whose values are checked when they are complete. */
const CHECKED_LATER: ReadonlySet<string> = new Set(['env', 'tags'] satisfies SettingName[]);

/** The path of the setting of a function that a path belongs to, if it does. */
function settingPath(path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  const index = path.findIndex((key, at) => isSettings(path.slice(0, at)) && isSetting(key));
  return index < 0 ? undefined : path.slice(0, index + 1);
}

function isSetting(key: PropertyKey): key is SettingName {
  return Object.hasOwn(SETTING_RULES, key);
}

/** Whether a path is that of an object with settings of functions. */
function isSettings(path: readonly PropertyKey[]): boolean {
  const [first, , third] = path;
  if (path.length === 0) return true;
  if (first === 'environments') return path.length === 2 || (third === 'functions' && path.length === 4);
  return first === 'functions' && path.length === 2;
}

interface Setting {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  readonly check: (value: unknown) => string | undefined;
}

/** Finds the settings of functions anywhere in the file. */
function findSettings(value: unknown, path: readonly PropertyKey[] = []): Setting[] {
  if (typeof value !== 'object' || value === null || path.length > 4) return [];
  const isHere = isSettings(path);
  return Object.entries(value).flatMap(([key, item]): Setting[] => {
    const at = [...path, key];
    if (!isHere || !isSetting(key)) return findSettings(item, at);
    const check = SETTING_RULES[key] as Setting['check'];
    return CHECKED_LATER.has(key) ? [] : [{ path: at, value: item, check }];
  });
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): string[] {
  const place = formatPath(issue.path);
  const at = (message: string): string[] => [place === '' ? message : `${place}: ${message}`];
  const value = valueAt(root, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey(key, issue.path));
    case 'invalid_type':
      if (value === undefined) return at('is missing');
      return at(`must be ${TYPES[issue.expected] ?? issue.expected}, not ${describeType(value)}`);
    default:
      // The only rule for other values.
      return at('must not be empty');
  }
}

function describeUnknownKey(key: string, path: readonly PropertyKey[]): string {
  const known = keysAt(path);
  const fix = didYouMean(key, known, `the keys here are ${known.join(', ')}`);
  return `${formatPath([...path, key])}: is not a known key: ${fix}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
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
