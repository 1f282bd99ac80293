import { AppsctlError } from '../diagnostics/error.js';
import { describeSettings, mergeSettings } from './function-settings.js';
import {
  type FunctionSettings,
  type FunctionState,
  functionTarget,
  NO_SETTINGS,
  ownTags,
} from './function-spec.js';

/** The function of the previous version of the app, whose settings a new function takes over. */
export interface PreviousFunction {
  /** The version of the app. */
  readonly version: string;
  readonly state: FunctionState;
  /** What cannot be read of it. */
  readonly unread: readonly UnreadSetting[];
}

/** A setting that cannot be read without a permission. */
export interface UnreadSetting {
  /** Such as `tags`. */
  readonly name: string;
  readonly permission: string;
}

/** What a new function takes over. */
export interface TakenOver {
  /** The version of the app that the settings come from. */
  readonly version: string;
  /** One text for each setting; never the value of a variable or tag. */
  readonly settings: readonly string[];
  /** What may get lost, because it cannot be read. */
  readonly unread: readonly UnreadSetting[];
}

/**
 * Adds the settings of the previous version of the app to those of a function that does not exist yet. Given settings take
 * precedence, name by name for variables and tags. Code, handler, runtime and role are those of the new version.
 *
 * @param lambdaName the new function
 * @throws AppsctlError ACCESS_DENIED when AWS does not show the variables of the previous version
 */
export function takeOver(
  lambdaName: string,
  given: FunctionSettings,
  { version, state, unread }: PreviousFunction,
): { readonly settings: FunctionSettings; readonly takenOver: TakenOver } {
  const replacesEnvironment = given.replaceEnvironment === true;
  if (state.environment === undefined && !replacesEnvironment) {
    const message = `function ${lambdaName} cannot take over the environment variables of ${state.name}: ${state.environmentError}`;
    throw new AppsctlError('ACCESS_DENIED', message, {
      hint: ({ replaceEnv, freshSettings }) =>
        `allow kms:Decrypt on the KMS key of ${state.name}, use ${replaceEnv} to set all variables, or use ${freshSettings} to take over nothing`,
    });
  }
  const used: FunctionSettings = {
    ...withoutGiven(toSettings(state), given),
    environment: replacesEnvironment ? undefined : withoutGiven(state.environment ?? {}, given.environment),
    tags: withoutGiven(ownTags(state.tags), given.tags),
  };
  const settings = describeSettings(functionTarget({ settings: used }, undefined));
  return { settings: mergeSettings(given, used), takenOver: { version, settings, unread } };
}

/** The settings of a function that another one can take over, except variables and tags. */
function toSettings(state: FunctionState): FunctionSettings {
  const { memory, timeout, architecture, ephemeralStorage, vpc, layers, tracing, logRetention } = state;
  return {
    ...NO_SETTINGS,
    ...{ memory, timeout, architecture, ephemeralStorage, vpc, layers, tracing, logRetention },
  };
}

/** Those values that are not given. */
function withoutGiven<Values extends object>(values: Values, given: object = {}): Values {
  const names = new Set(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name])),
  );
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name))) as Values;
}
