import { environmentProblem, tagsProblem } from '../aws/function-limits.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { Role } from '../policy/role.js';

/** Processor architectures of AWS Lambda. */
export type Architecture = 'x86_64' | 'arm64';
export const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64'];

/** Environment variables or tags: names and values. */
export type Variables = Readonly<Record<string, string>>;

/** What the flags of a deployment say about its functions; what is undefined stays as it is. */
export interface FunctionSettings {
  /** Megabytes. */
  readonly memory: number | undefined;
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly architecture: Architecture | undefined;
  /** Environment variables to add or to change; all of them, when `replaceEnvironment`. */
  readonly environment: Variables | undefined;
  readonly replaceEnvironment: boolean;
  /** Tags to add or to change. */
  readonly tags: Variables | undefined;
}

/** The code of a function. */
export interface FunctionCode {
  /** SHA-256 of the archive, in base64, as AWS states it. */
  readonly sha256Base64: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** The whole archive. */
  read(): Promise<Uint8Array>;
  /** The archive piece by piece. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What a function on AWS should be. */
export interface FunctionSpec {
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly role: Role;
  readonly code: FunctionCode;
  readonly settings: FunctionSettings;
}

/** What a function on AWS is. */
export interface FunctionState {
  readonly arn: string;
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly roleArn: string;
  readonly codeSha256: string;
  /** Megabytes. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly architecture: Architecture;
  /** Undefined when AWS does not show them to us: see `environmentError`. */
  readonly environment: Variables | undefined;
  /** Why AWS does not show the environment variables. */
  readonly environmentError: string | undefined;
  /** Undefined when we may not read them. */
  readonly tags: Variables | undefined;
  /** `busy` while AWS creates or updates it; `failed` when it could not be created, and has to be deleted. */
  readonly status: 'ready' | 'busy' | 'failed';
  /** Why it failed, as AWS says it. */
  readonly failure: string | undefined;
  /** Why its last update failed, as AWS says it, if it did. */
  readonly updateFailure: string | undefined;
}

/** What a new function gets by default: the server gives an installation 30 s in all, AWS would give a call 3 s and 128 MB. */
const NEW_FUNCTION = { memory: 256, timeout: 30, architecture: 'x86_64', environment: {}, tags: {} } as const;

/** The settings that a function ends up with. */
export interface FunctionTarget {
  readonly memory: number;
  readonly timeout: number;
  readonly architecture: Architecture;
  /** Undefined when they are not known and stay as they are. */
  readonly environment: Variables | undefined;
  /** The tags to set; others stay as they are. */
  readonly tags: Variables;
}

/**
 * The settings that a function is to have.
 *
 * @param current what it is; undefined for one to be created
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

/** One field in which a function differs from what it should be. */
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
  /** What changes, for people: never the value of an environment variable. */
  readonly detail: string;
  /** True when it is not known whether anything differs. */
  readonly isUncertain?: boolean;
}

/**
 * Compares a function with what it should be, field by field.
 *
 * @returns the differences; none means that nothing has to be done
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
    const difference = namesThatDiffer(current.environment, target.environment);
    if (difference !== '') changes.push({ field: 'environment', detail: `environment (${difference})` });
  }
  if (Object.keys(target.tags).length > 0) {
    changes.push(
      current.tags === undefined
        ? {
            field: 'tags',
            detail: `tags (sets ${names(target.tags)}; lambda:ListTags is needed to see whether they differ)`,
            isUncertain: true,
          }
        : {
            field: 'tags',
            detail: `tags (${namesThatDiffer(current.tags, { ...current.tags, ...target.tags })})`,
          },
    );
  }
  return changes;
}

/**
 * Checks that a function can become what it should be.
 *
 * @throws AppsctlError CONFLICT for a function that has to be deleted first, or whose runtime somebody else manages;
 *   ACCESS_DENIED when variables are to be added to some that cannot be read; LIMIT for variables or tags that AWS
 *   does not take together with those that the function has
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
      {
        hint: 'set its runtime back in the AWS console first, or delete the function',
      },
    );
  }
  const changesEnvironment = settings.environment !== undefined && !settings.replaceEnvironment;
  if (current !== undefined && current.environment === undefined && changesEnvironment) {
    const message = `the environment variables of function ${name} cannot be read: ${current.environmentError}`;
    throw new AppsctlError('ACCESS_DENIED', message, {
      hint: 'allow kms:Decrypt on the key of the function, or set all variables with --replace-env',
    });
  }
  const target = functionTarget(spec, current);
  const isChanged = (field: FieldChange['field']): boolean =>
    current === undefined || changes.some((change) => change.field === field);
  const problem =
    (isChanged('environment') ? environmentProblem(target.environment ?? {}) : undefined) ??
    (isChanged('tags') ? tagsProblem({ ...ownTags(current), ...target.tags }) : undefined);
  if (problem === undefined) return;
  throw new AppsctlError('LIMIT', `function ${name}: ${problem}`, {
    hint: 'a function keeps the variables and tags that it has; --replace-env removes the variables that are not given',
  });
}

/** The tags that count against AWS's limits: not those of AWS's own services, such as CloudFormation. */
function ownTags(current: FunctionState | undefined): Variables {
  return Object.fromEntries(Object.entries(current?.tags ?? {}).filter(([name]) => !/^aws:/i.test(name)));
}

/** What happens to which names, such as `adds A; changes B; removes C`; values may be secrets. */
function namesThatDiffer(from: Variables | undefined, to: Variables): string {
  if (from === undefined) return `replaces all by ${names(to) || 'none'}`;
  const added = names(to, (name) => !Object.hasOwn(from, name));
  const changed = names(to, (name) => Object.hasOwn(from, name) && from[name] !== to[name]);
  const removed = names(from, (name) => !Object.hasOwn(to, name));
  return [added && `adds ${added}`, changed && `changes ${changed}`, removed && `removes ${removed}`]
    .filter(Boolean)
    .join('; ');
}

function names(all: Variables, keep: (name: string) => boolean = () => true): string {
  return Object.keys(all).filter(keep).sort().join(', ');
}
