import { findUnknownFunctions } from '../bundle/check-function-names.js';
import { AppsctlError } from '../diagnostics/error.js';
import { describeRetention, joinNames, vpcIds } from './function-changes.js';
import {
  type FunctionSettings,
  type FunctionSpec,
  type FunctionState,
  type FunctionTarget,
  functionTarget,
  NEW_FUNCTION,
} from './function-spec.js';
import { mergeGiven } from './merge-given.js';

/** The settings of an app's functions. */
export interface AppFunctionSettings {
  /** Those of all functions. */
  readonly all: FunctionSettings;
  /** Those of single functions, which take precedence, by the name in the manifest. */
  readonly byName: ReadonlyMap<string, FunctionSettings>;
}

/**
 * Returns the settings of a function: its own, and where it has none, those of all functions. Variables and tags are
 * merged by name.
 *
 * @param name the name in the manifest
 */
export function settingsFor({ all, byName }: AppFunctionSettings, name: string): FunctionSettings {
  const own = byName.get(name);
  return own === undefined ? all : mergeSettings(own, all);
}

/** Merges settings: the first ones take precedence, field by field, for variables and tags name by name. */
export function mergeSettings(first: FunctionSettings, second: FunctionSettings): FunctionSettings {
  return mergeGiven(first, second, ['environment', 'tags']);
}

/**
 * Checks that the functions that have settings of their own are in the manifest.
 *
 * @param names the names in the manifest
 * @throws AppsctlError USAGE for the first one that is not
 */
export function checkFunctionNames({ byName }: AppFunctionSettings, names: readonly string[]): void {
  const [unknown] = findUnknownFunctions(names, byName.keys());
  if (unknown === undefined) return;
  const message = `there are settings for function ${JSON.stringify(unknown.name)}, which is not in the manifest`;
  throw new AppsctlError('USAGE', message, { hint: unknown.fix });
}

/**
 * Checks that all functions will have the variables that they need.
 *
 * @throws AppsctlError MISSING_VARIABLE naming every function that will not, and the variables
 */
export function checkRequiredVariables(
  functions: readonly { readonly spec: FunctionSpec; readonly current: FunctionState | undefined }[],
): void {
  const items = functions.flatMap(({ spec, current }) => {
    const { environment = {} } = functionTarget(spec, current);
    const missing = (spec.settings.requiredEnvironment ?? []).filter(
      (name) => !Object.hasOwn(environment, name),
    );
    return missing.length === 0 ? [] : [`${spec.name}: ${missing.join(', ')}`];
  });
  const [first] = items;
  if (first === undefined) return;
  const message =
    items.length === 1
      ? `required environment variables are missing for function ${first}`
      : `required environment variables are missing for ${items.length} functions`;
  throw new AppsctlError('MISSING_VARIABLE', message, {
    items: items.length === 1 ? [] : items,
    hint: ({ env }) => `set them with ${env}`,
  });
}

/**
 * Describes the settings of a new function that differ from the defaults, one text each; of variables and tags only the
 * names.
 */
export function describeSettings(target: FunctionTarget): string[] {
  const texts: string[] = [];
  const add = (field: keyof FunctionTarget, text: string): void => {
    if (target[field] !== NEW_FUNCTION[field]) texts.push(text);
  };
  const addList = (name: string, list: string): void => {
    if (list !== '') texts.push(`${name} ${list}`);
  };
  add('memory', `memory ${target.memory} MB`);
  add('timeout', `timeout ${target.timeout} s`);
  add('architecture', `architecture ${target.architecture}`);
  add('ephemeralStorage', `ephemeral storage ${target.ephemeralStorage} MB`);
  addList('VPC', vpcIds(target.vpc).join(', '));
  addList('layers', target.layers.join(', '));
  add('tracing', `tracing ${target.tracing}`);
  add('logRetention', `log retention ${describeRetention(target.logRetention)}`);
  addList('variables', joinNames(target.environment ?? {}));
  addList('tags', joinNames(target.tags));
  return texts;
}
