import type { DeploySettings } from '../core/deploy/plan.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { type AppSettings, layer } from '../core/settings/app-settings.js';
import type { VariableValues } from '../core/settings/resolve-settings.js';
import type { AppOptions } from './app-options.js';
import { type FunctionOptions, toAppFunctionSettings } from './function-options.js';
import { type NameOptions, resolveNames } from './name-options.js';
import {
  checkMattermostOptions,
  type MattermostOptions,
  type NetworkContext,
  type NetworkOptions,
} from './network-options.js';

/** Options of `planDeployment`. What they give takes precedence over the settings file. */
export interface PlanOptions
  extends NetworkOptions,
    AppOptions,
    Pick<NameOptions, 'policyName' | 'executionRoleName'> {
  /**
   * The Mattermost server that lists the app.
   *
   * @default none: the app is deployed to AWS, and not listed
   */
  readonly mattermost?: MattermostOptions | undefined;
  /**
   * The values of the variables that the settings file names, as in `${NAME}`.
   *
   * @default none
   */
  readonly variables?: VariableValues | undefined;
  /** The settings of all functions. */
  readonly functions?: FunctionOptions | undefined;
  /**
   * The settings of single functions, by their names in the manifest. They take precedence over `functions`; variables and
   * tags are merged by name.
   */
  readonly functionsByName?: Readonly<Record<string, FunctionOptions>> | undefined;
  /**
   * Whether new functions take over nothing from the previous version of the app that has them.
   *
   * @default false
   */
  readonly freshSettings?: boolean | undefined;
  /**
   * Whether functions, assets and the manifest on AWS are replaced if they differ from the bundle or the options; without
   * it, that is an error of `deploy`.
   *
   * @default false
   */
  readonly update?: boolean | undefined;
  /**
   * Whether the app is installed in Mattermost once it is listed.
   *
   * @default false
   */
  readonly install?: boolean | undefined;
  /**
   * Whether functions with the retired runtime go1.x are deployed to provided.al2023.
   *
   * @default false
   */
  readonly migrateRuntimes?: boolean | undefined;
}

/** @throws AppsctlError USAGE */
export function checkOptions({ mattermost, install = false }: PlanOptions): void {
  if (mattermost !== undefined) checkMattermostOptions(mattermost);
  if (install && mattermost === undefined) {
    throw new AppsctlError('USAGE', 'install requires mattermost, the server to install the app in');
  }
}

/**
 * The settings of a deployment: those of the options, and where they give none, those of the settings file.
 *
 * @throws AppsctlError USAGE
 */
export function toDeploySettings(
  options: PlanOptions,
  file: AppSettings,
  { connection, clock, vocabulary }: NetworkContext,
): DeploySettings {
  const { update = false, install = false, migrateRuntimes = false, freshSettings = false } = options;
  const { policyName, executionRoleName } = resolveNames(
    {
      policyName: options.policyName ?? file.policyName,
      executionRoleName: options.executionRoleName ?? file.executionRoleName,
    },
    vocabulary,
  );
  return {
    ...{ update, install, migrateRuntimes, freshSettings },
    ...{ policyName, executionRoleName },
    region: connection.region,
    functions: toFunctionSettings(options, file),
    now: clock.now(),
  };
}

function toFunctionSettings(
  { functions = {}, functionsByName = {} }: PlanOptions,
  file: AppSettings,
): DeploySettings['functions'] {
  // Checked as they are given, for messages that name them.
  toAppFunctionSettings(functions, functionsByName);
  const names = new Set([...file.functionsByName.keys(), ...Object.keys(functionsByName)]);
  const byName = [...names].map((name): [string, FunctionOptions] => {
    const { replaceEnv, ...own } = functionsByName[name] ?? {};
    const base = layer(file.functionsByName.get(name) ?? {}, functions);
    return [name, { ...layer(base, own), replaceEnv }];
  });
  const all = { ...layer(file.functions, functions), replaceEnv: functions.replaceEnv };
  return toAppFunctionSettings(all, Object.fromEntries(byName));
}
