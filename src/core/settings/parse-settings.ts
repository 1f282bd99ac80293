import type * as z from 'zod/mini';
import { tagsProblem, variableNameProblem } from '../aws/function-limits.js';
import { SETTING_RULES } from '../deploy/setting-rules.js';
import { didYouMean } from '../did-you-mean.js';
import { JsonSyntaxError, type JsonValue, parseStrictJson } from '../json/strict-json.js';
import { placeholderProblem } from './placeholders.js';
import { keysAt, type SettingsFile, settingsSchema } from './schema.js';
import { formatPath, type SettingsProblem, settingsError, valueAt } from './settings-error.js';

/**
 * Parses a settings file.
 *
 * @param file the name of the file in messages
 * @param bytes its content: strict JSON in UTF-8
 * @returns the settings; values of variables and tags may still be too large once their placeholders are filled
 * @throws AppsctlError INVALID_SETTINGS naming the place of each error; values of variables and tags are not repeated
 */
export function parseSettings(file: string, bytes: Uint8Array): SettingsFile {
  const root = toPlain(parseJson(file, bytes));
  const result = settingsSchema.safeParse(root);
  const issues = result.error?.issues ?? [];
  const structural = issues.filter(isStructural);
  const broken = structural.map(({ path }) => formatPath(settingPath(path) ?? path));
  const problems = structural.flatMap((issue) => describeIssue(issue, root));
  for (const setting of findSettings(root)) {
    if (!broken.includes(formatPath(setting.path))) problems.push(...checkSetting(setting));
  }
  if (problems.length > 0 || !result.success) throw settingsError(file, problems);
  return result.data;
}

function parseJson(file: string, bytes: Uint8Array): JsonValue {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw settingsError(file, [{ path: [], message: `is not valid JSON: ${error.message}` }]);
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
  readonly name: SettingName;
  readonly value: unknown;
}

/** Finds the settings of functions anywhere in the file. */
function findSettings(value: unknown, path: readonly PropertyKey[] = []): Setting[] {
  if (typeof value !== 'object' || value === null || path.length > 4) return [];
  const isHere = isSettings(path);
  return Object.entries(value).flatMap(([key, item]): Setting[] => {
    const at = [...path, key];
    return isHere && isSetting(key) ? [{ path: at, name: key, value: item }] : findSettings(item, at);
  });
}

function checkSetting({ path, name, value }: Setting): SettingsProblem[] {
  if (name === 'env' || name === 'tags') return checkVariables(path, name, value as Record<string, string>);
  const check = SETTING_RULES[name] as (value: unknown) => string | undefined;
  const message = check(value);
  return message === undefined ? [] : [{ path, message }];
}

/** Checks names; values are complete only when their placeholders are filled. */
function checkVariables(
  path: readonly PropertyKey[],
  setting: 'env' | 'tags',
  values: Readonly<Record<string, string>>,
): SettingsProblem[] {
  return Object.entries(values).flatMap(([name, text]) => {
    const messages = [
      setting === 'env' ? variableNameProblem(name) : tagsProblem({ [name]: '' }),
      placeholderProblem(text),
    ];
    return messages.flatMap((message) => (message === undefined ? [] : [{ path: [...path, name], message }]));
  });
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): SettingsProblem[] {
  const { path } = issue;
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey(key, path));
    case 'invalid_type': {
      const expected = TYPES[issue.expected] ?? issue.expected;
      const isMissing = value === undefined;
      return [
        { path, message: isMissing ? 'is missing' : `must be ${expected}, not ${describeType(value)}` },
      ];
    }
    default:
      // The only rule for other values.
      return [{ path, message: 'must not be empty' }];
  }
}

function describeUnknownKey(key: string, path: readonly PropertyKey[]): SettingsProblem {
  const known = keysAt(path);
  const message = `is not a known key: ${didYouMean(key, known, `the keys here are ${known.join(', ')}`)}`;
  return { path: [...path, key], message };
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
