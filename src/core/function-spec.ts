/** Processor architectures of AWS Lambda. */
export type Architecture = 'x86_64' | 'arm64';
export const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64'];

/** Environment variables or tags: names and values. */
export type Variables = Readonly<Record<string, string>>;

/** What the flags of a deployment say of its functions; what is undefined stays as it is. */
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
  readonly sha256: string;
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
  readonly roleArn: string;
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
  readonly memory: number;
  readonly timeout: number;
  readonly architecture: string;
  readonly environment: Variables;
  readonly tags: Variables;
  /** Whether it can be called and changed. */
  readonly ready: boolean;
}

/** What a new function gets unless told otherwise: the server waits 30 s for a call, AWS would give 3 s and 128 MB. */
const NEW_FUNCTION = { memory: 256, timeout: 30, architecture: 'x86_64', environment: {}, tags: {} } as const;

/** The settings that a function ends up with. */
export interface FunctionTarget {
  readonly memory: number;
  readonly timeout: number;
  readonly architecture: string;
  readonly environment: Variables;
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
  const { environment, replaceEnvironment, tags } = settings;
  return {
    memory: settings.memory ?? base.memory,
    timeout: settings.timeout ?? base.timeout,
    architecture: settings.architecture ?? base.architecture,
    environment: replaceEnvironment ? (environment ?? {}) : { ...base.environment, ...environment },
    tags: { ...base.tags, ...tags },
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
  if (spec.code.sha256 !== current.codeSha256) changes.push({ field: 'code', detail: 'code' });
  compare('handler', current.handler, spec.handler);
  compare('runtime', current.runtime, spec.runtime);
  compare('role', current.roleArn, spec.roleArn);
  compare('memory', current.memory, target.memory, ' MB');
  compare('timeout', current.timeout, target.timeout, ' s');
  compare('architecture', current.architecture, target.architecture);
  const environment = namesThatDiffer(current.environment, target.environment);
  if (environment !== '') changes.push({ field: 'environment', detail: `environment (${environment})` });
  const tags = namesThatDiffer(current.tags, target.tags);
  if (tags !== '') changes.push({ field: 'tags', detail: `tags (${tags})` });
  return changes;
}

/** What happens to which names, such as `adds A, changes B, removes C`; values may be secrets. */
function namesThatDiffer(from: Variables, to: Variables): string {
  const names = (keep: (name: string) => boolean, all: Variables): string =>
    Object.keys(all).filter(keep).sort().join(', ');
  const added = names((name) => !Object.hasOwn(from, name), to);
  const changed = names((name) => Object.hasOwn(from, name) && from[name] !== to[name], to);
  const removed = names((name) => !Object.hasOwn(to, name), from);
  return [added && `adds ${added}`, changed && `changes ${changed}`, removed && `removes ${removed}`]
    .filter(Boolean)
    .join('; ');
}
