import {
  environmentProblem,
  isWithin,
  MEMORY_LIMITS,
  TIMEOUT_LIMITS,
  tagsProblem,
} from '../core/aws/function-limits.js';
import {
  ARCHITECTURES,
  type Architecture,
  type FunctionSettings,
  type Variables,
} from '../core/deploy/function-spec.js';
import { AppsctlError } from '../core/diagnostics/error.js';

/** Settings of the app's functions. What is left out stays as it is; new functions get the defaults. */
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
   * Whether environment variables that are not in `env` are removed.
   *
   * @default false
   */
  readonly replaceEnv?: boolean | undefined;
  /** Tags to add or to change. */
  readonly tags?: Variables | undefined;
}

/** @throws AppsctlError USAGE for what AWS Lambda does not accept; values of variables and tags are never repeated */
export function toFunctionSettings(options: FunctionOptions = {}): FunctionSettings {
  const { memory, timeout, architecture, env, replaceEnv = false, tags } = options;
  const problem = findProblem(options);
  if (problem !== undefined) throw new AppsctlError('USAGE', problem);
  return { memory, timeout, architecture, environment: env, replaceEnvironment: replaceEnv, tags };
}

function findProblem({ memory, timeout, architecture, env, tags }: FunctionOptions): string | undefined {
  if (memory !== undefined && !isWithin(memory, MEMORY_LIMITS)) {
    return `functions.memory: ${memory} is not an integer from ${MEMORY_LIMITS.min} to ${MEMORY_LIMITS.max}`;
  }
  if (timeout !== undefined && !isWithin(timeout, TIMEOUT_LIMITS)) {
    return `functions.timeout: ${timeout} is not an integer from ${TIMEOUT_LIMITS.min} to ${TIMEOUT_LIMITS.max}`;
  }
  if (architecture !== undefined && !ARCHITECTURES.includes(architecture)) {
    return `functions.architecture: ${JSON.stringify(architecture)} is not ${ARCHITECTURES.join(' or ')}`;
  }
  return environmentProblem(env ?? {}) ?? tagsProblem(tags ?? {});
}
