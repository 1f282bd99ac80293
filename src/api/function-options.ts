import type { AppFunctionSettings } from '../core/deploy/function-settings.js';
import type {
  Architecture,
  FunctionSettings,
  TracingMode,
  Variables,
  VpcSettings,
} from '../core/deploy/function-spec.js';
import { SETTING_RULES } from '../core/deploy/setting-rules.js';
import { AppsctlError } from '../core/diagnostics/error.js';

/**
 * Settings of the app's functions. What is left out stays as it is; new functions take it over from the previous version of
 * the app that has the function, or get the defaults.
 */
export interface FunctionOptions {
  /**
   * Memory in megabytes, 128 to 10,240.
   *
   * @default 256 for new functions
   */
  readonly memory?: number | undefined;
  /**
   * Seconds that an invocation may take, 1 to 900.
   *
   * @default 30 for new functions
   */
  readonly timeout?: number | undefined;
  /** @default x86_64 for new functions */
  readonly architecture?: Architecture | undefined;
  /** Environment variables to add or to change. */
  readonly env?: Variables | undefined;
  /**
   * Whether environment variables that are not in `env` are removed, and not taken over by new functions.
   *
   * @default false
   */
  readonly replaceEnv?: boolean | undefined;
  /** Environment variables that the functions must have after the deployment, wherever they come from. */
  readonly requiredEnv?: readonly string[] | undefined;
  /** Tags to add or to change. */
  readonly tags?: Variables | undefined;
  /**
   * The size of `/tmp` in megabytes, 512 to 10,240.
   *
   * @default 512 for new functions
   */
  readonly ephemeralStorage?: number | undefined;
  /**
   * The subnets and security groups of the VPC that the functions are attached to; empty lists detach them.
   *
   * @default none for new functions
   */
  readonly vpc?: VpcSettings | undefined;
  /**
   * ARNs of layer versions, at most 5, in the order in which Lambda applies them; an empty list removes all layers.
   *
   * @default none for new functions
   */
  readonly layers?: readonly string[] | undefined;
  /**
   * Tracing with AWS X-Ray.
   *
   * @default pass-through for new functions
   */
  readonly tracing?: TracingMode | undefined;
  /**
   * Days after which CloudWatch Logs deletes what the functions log: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400,
   * 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653.
   *
   * @default never for new functions
   */
  readonly logRetention?: number | undefined;
}

/**
 * @param all the options of all functions
 * @param byName the options of single functions, by their names in the manifest
 * @throws AppsctlError USAGE for what AWS does not accept; values of variables and tags are never repeated
 */
export function toAppFunctionSettings(
  all: FunctionOptions = {},
  byName: Readonly<Record<string, FunctionOptions>> = {},
): AppFunctionSettings {
  const own = Object.entries(byName).map(
    ([name, options]) => [name, toFunctionSettings(options, `functionsByName.${name}`)] as const,
  );
  return { all: toFunctionSettings(all, 'functions'), byName: new Map(own) };
}

/** @param place how messages name the options */
function toFunctionSettings(options: FunctionOptions, place: string): FunctionSettings {
  const problem = findProblem(options, place);
  if (problem !== undefined) throw new AppsctlError('USAGE', problem);
  const { memory, timeout, architecture, env, replaceEnv, requiredEnv, tags } = options;
  const { ephemeralStorage, vpc, layers, tracing, logRetention } = options;
  return {
    ...{ memory, timeout, architecture, tags, ephemeralStorage, vpc, layers, tracing, logRetention },
    environment: env,
    replaceEnvironment: replaceEnv,
    requiredEnvironment: requiredEnv,
  };
}

function findProblem(options: FunctionOptions, place: string): string | undefined {
  for (const name of Object.keys(SETTING_RULES) as (keyof typeof SETTING_RULES)[]) {
    const value = options[name];
    const problem =
      value === undefined
        ? undefined
        : (SETTING_RULES[name] as (value: unknown) => string | undefined)(value);
    if (problem === undefined) continue;
    // These problems name the variable or tag, and are also those of the command line, which has other names for options.
    return place === 'functions' && /^(?:env|tags)$/.test(name) ? problem : `${place}.${name}: ${problem}`;
  }
  return undefined;
}
