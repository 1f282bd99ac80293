import { environmentProblem, tagsProblem } from '../aws/function-limits.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { Role } from '../policy/role.js';

/** Processor architectures of AWS Lambda. */
export type Architecture = 'x86_64' | 'arm64';
export const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64'];

/** Environment variables or tags: names and values. */
export type Variables = Readonly<Record<string, string>>;

/** The configuration that a deployment sets; a function keeps its value where a setting is undefined. */
export interface FunctionSettings {
  /** Megabytes. */
  readonly memory: number | undefined;
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly architecture: Architecture | undefined;
  /** Environment variables to add or change; all of them with `replaceEnvironment`. */
  readonly environment: Variables | undefined;
  readonly replaceEnvironment: boolean;
  /** Tags to add or change. */
  readonly tags: Variables | undefined;
}

/** The code of a function. */
export interface FunctionCode {
  /** As in CodeSha256 of AWS Lambda. */
  readonly sha256Base64: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** The whole archive. */
  read(): Promise<Uint8Array>;
  /** The archive as a stream. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** The desired state of a function. */
export interface FunctionSpec {
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly role: Role;
  readonly code: FunctionCode;
  readonly settings: FunctionSettings;
}

/** The actual state of a function on AWS. */
export interface FunctionState {
  readonly arn: string;
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly roleArn: string;
  /** SHA-256 of the archive, in base64. */
  readonly codeSha256: string;
  /** Megabytes. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly architecture: Architecture;
  /** Undefined when AWS cannot decrypt them for the caller: see `environmentError`. */
  readonly environment: Variables | undefined;
  /** Why AWS does not return the environment variables. */
  readonly environmentError: string | undefined;
  /** Undefined without permission to read them. */
  readonly tags: Variables | undefined;
  /** `busy` while AWS creates or updates it; `failed` when its creation failed, so that it must be deleted. */
  readonly status: 'ready' | 'busy' | 'failed';
  /** Why its creation failed, in the words of AWS. */
  readonly failure: string | undefined;
  /** Why its last update failed, in the words of AWS; undefined if it did not. */
  readonly updateFailure: string | undefined;
}

/**
 * The defaults of a new function. AWS's own, 3 s and 128 MB, are too little for an installation, for which the server
 * allows 30 s.
 */
const NEW_FUNCTION = { memory: 256, timeout: 30, architecture: 'x86_64', environment: {}, tags: {} } as const;

/** The configuration of a function after the deployment. */
export interface FunctionTarget {
  readonly memory: number;
  readonly timeout: number;
  readonly architecture: Architecture;
  /** Undefined when they cannot be read and stay unchanged. */
  readonly environment: Variables | undefined;
  /** The tags to set; other tags stay unchanged. */
  readonly tags: Variables;
}

/**
 * Merges the settings of a deployment into the current configuration of a function, or into the defaults.
 *
 * @param current undefined for a new function
 */
export function functionTarget(
  { settings }: FunctionSpec,
  current: FunctionState | undefined,
): FunctionTarget {
  const base = current ?? NEW_FUNCTION;
  const { environment, replaceEnvironment, tags = {} } = settings;
  return {
    memory: settings.memory ?? base.memory,
    timeout: settings.timeout ?? base.timeout,
    architecture: settings.architecture ?? base.architecture,
    environment: replaceEnvironment
      ? (environment ?? {})
      : base.environment && { ...base.environment, ...environment },
    tags: Object.fromEntries(Object.entries(tags).filter(([name, value]) => current?.tags?.[name] !== value)),
  };
}

/** A field of a function that differs from its desired state. */
export interface FieldChange {
  readonly field:
    | 'code'
    | 'handler'
    | 'runtime'
    | 'role'
    | 'memory'
    | 'timeout'
    | 'architecture'
    | 'environment'
    | 'tags';
  /** A description for users; never contains the value of an environment variable or tag. */
  readonly detail: string;
  /** True when the current value cannot be read, so that the field may be equal. */
  readonly isUncertain?: boolean;
}

/**
 * Compares a function with its desired state, field by field.
 *
 * @returns the fields that differ; empty when the function is up to date
 */
export function functionChanges(spec: FunctionSpec, current: FunctionState): FieldChange[] {
  const target = functionTarget(spec, current);
  const changes: FieldChange[] = [];
  const compare = (
    field: FieldChange['field'],
    from: string | number,
    to: string | number,
    unit = '',
  ): void => {
    if (from !== to) changes.push({ field, detail: `${field} ${from}${unit} -> ${to}${unit}` });
  };
  if (spec.code.sha256Base64 !== current.codeSha256) changes.push({ field: 'code', detail: 'code' });
  compare('handler', current.handler, spec.handler);
  compare('runtime', current.runtime, spec.runtime);
  compare('role', current.roleArn, spec.role.arn);
  compare('memory', current.memory, target.memory, ' MB');
  compare('timeout', current.timeout, target.timeout, ' s');
  compare('architecture', current.architecture, target.architecture);
  if (target.environment !== undefined) {
    const difference = describeDifferences(current.environment, target.environment);
    if (difference !== '') changes.push({ field: 'environment', detail: `environment (${difference})` });
  }
  if (Object.keys(target.tags).length > 0) {
    changes.push(
      current.tags === undefined
        ? {
            field: 'tags',
            detail: `tags (sets ${joinNames(target.tags)}; lambda:ListTags is needed to see whether they differ)`,
            isUncertain: true,
          }
        : {
            field: 'tags',
            detail: `tags (${describeDifferences(current.tags, { ...current.tags, ...target.tags })})`,
          },
    );
  }
  return changes;
}

/**
 * Checks that a function can be created or updated as planned.
 *
 * @throws AppsctlError CONFLICT for a function that must be deleted first, or that has a customer-managed runtime;
 *   ACCESS_DENIED when variables would be added to variables that cannot be read; LIMIT when existing and new variables
 *   or tags together exceed a limit of AWS Lambda
 */
export function checkFunctionChange(
  spec: FunctionSpec,
  current: FunctionState | undefined,
  changes: readonly FieldChange[],
): void {
  const { name, settings } = spec;
  if (current?.status === 'failed') {
    throw new AppsctlError('CONFLICT', `function ${name} could not be created: ${current.failure}`, {
      hint: `delete it and deploy again: aws lambda delete-function --function-name ${name}`,
    });
  }
  if (current?.runtime === 'custom') {
    throw new AppsctlError(
      'CONFLICT',
      `function ${name} has a customer-managed runtime, which would be lost`,
      { hint: 'select an AWS managed runtime in the AWS console, or delete the function' },
    );
  }
  const changesEnvironment = settings.environment !== undefined && !settings.replaceEnvironment;
  if (current !== undefined && current.environment === undefined && changesEnvironment) {
    const message = `the environment variables of function ${name} cannot be read: ${current.environmentError}`;
    throw new AppsctlError('ACCESS_DENIED', message, {
      hint: ({ replaceEnv }) =>
        `allow kms:Decrypt on the KMS key of the function, or replace all variables with ${replaceEnv}`,
    });
  }
  const target = functionTarget(spec, current);
  const isChanged = (field: FieldChange['field']): boolean =>
    current === undefined || changes.some((change) => change.field === field);
  const problem =
    (isChanged('environment') ? environmentProblem(target.environment ?? {}) : undefined) ??
    (isChanged('tags') ? tagsProblem({ ...countedTags(current), ...target.tags }) : undefined);
  if (problem === undefined) return;
  throw new AppsctlError('LIMIT', `function ${name}: ${problem}`, {
    hint: ({ replaceEnv }) =>
      `remove variables or tags from the function; ${replaceEnv} removes the variables that are not given`,
  });
}

/**
 * The tags that count towards the limit: not those with the prefix `aws:`, which services such as CloudFormation set.
 */
function countedTags(current: FunctionState | undefined): Variables {
  return Object.fromEntries(Object.entries(current?.tags ?? {}).filter(([name]) => !/^aws:/i.test(name)));
}

/** Describes changes by name, as in `adds A; changes B; removes C`: values may be secrets. */
function describeDifferences(from: Variables | undefined, to: Variables): string {
  if (from === undefined) return `replaces all with ${joinNames(to) || 'none'}`;
  const added = joinNames(to, (name) => !Object.hasOwn(from, name));
  const changed = joinNames(to, (name) => Object.hasOwn(from, name) && from[name] !== to[name]);
  const removed = joinNames(from, (name) => !Object.hasOwn(to, name));
  return [added && `adds ${added}`, changed && `changes ${changed}`, removed && `removes ${removed}`]
    .filter(Boolean)
    .join('; ');
}

function joinNames(variables: Variables, predicate: (name: string) => boolean = () => true): string {
  return Object.keys(variables).filter(predicate).sort().join(', ');
}
