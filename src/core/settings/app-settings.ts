import { mergeGiven } from '../deploy/merge-given.js';
import { SETTING_RULES } from '../deploy/setting-rules.js';
import { DEFAULT_PACKAGE_SETTINGS, type PackageSettings } from './package-settings.js';
import type { FunctionSettingsInFile } from './schema.js';

/** The settings of an app, for one environment. */
export interface AppSettings {
  readonly policyName: string | undefined;
  readonly executionRoleName: string | undefined;
  /** Settings of all functions. */
  readonly functions: FunctionSettingsInFile;
  /** Settings of single functions, by their names in the manifest. */
  readonly functionsByName: ReadonlyMap<string, FunctionSettingsInFile>;
  readonly package: PackageSettings;
}

/** The settings of an app without a settings file. */
export const NO_APP_SETTINGS: AppSettings = {
  policyName: undefined,
  executionRoleName: undefined,
  functions: {},
  functionsByName: new Map(),
  package: DEFAULT_PACKAGE_SETTINGS,
};

/**
 * Puts settings over others: each that is given replaces the other one; variables and tags are merged by name.
 *
 * @param base settings, and possibly other keys, which are dropped
 */
export function layer(base: FunctionSettingsInFile, over: FunctionSettingsInFile): FunctionSettingsInFile {
  return mergeGiven(pickSettings(over), pickSettings(base), ['env', 'tags']);
}

function pickSettings(from: FunctionSettingsInFile): FunctionSettingsInFile {
  return Object.fromEntries(Object.entries(from).filter(([name]) => Object.hasOwn(SETTING_RULES, name)));
}
