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
