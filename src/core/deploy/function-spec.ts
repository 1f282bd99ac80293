import type { Role } from '../policy/role.js';

/** Processor architectures of AWS Lambda. */
export type Architecture = 'x86_64' | 'arm64';
export const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64'];

/** Environment variables or tags: names and values. */
export type Variables = Readonly<Record<string, string>>;

/** Whether AWS X-Ray samples the requests of a function, or only those that a caller already traces. */
export type TracingMode = 'active' | 'pass-through';
export const TRACING_MODES: readonly TracingMode[] = ['active', 'pass-through'];

/** The VPC that a function is attached to, as IDs; both lists are empty for none. Their order has no meaning. */
export interface VpcSettings {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

/** The configuration that a deployment sets; a function keeps its value where a setting is undefined. */
export interface FunctionSettings {
  /** Megabytes. */
  readonly memory: number | undefined;
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly architecture: Architecture | undefined;
  /** Environment variables to add or change; all of them with `replaceEnvironment`. */
  readonly environment: Variables | undefined;
  readonly replaceEnvironment: boolean | undefined;
  /** Variables that the function must have after the deployment, wherever they come from. */
  readonly requiredEnvironment: readonly string[] | undefined;
  /** Tags to add or change. */
  readonly tags: Variables | undefined;
  /** Megabytes of `/tmp`. */
  readonly ephemeralStorage: number | undefined;
  readonly vpc: VpcSettings | undefined;
  /** ARNs of layer versions; a later one may replace files of an earlier one. */
  readonly layers: readonly string[] | undefined;
  readonly tracing: TracingMode | undefined;
  /** Days after which CloudWatch Logs deletes what the function logs. */
  readonly logRetention: number | undefined;
}

/** Settings that change nothing. */
export const NO_SETTINGS: FunctionSettings = {
  memory: undefined,
  timeout: undefined,
  architecture: undefined,
  environment: undefined,
  replaceEnvironment: undefined,
  requiredEnvironment: undefined,
  tags: undefined,
  ephemeralStorage: undefined,
  vpc: undefined,
  layers: undefined,
  tracing: undefined,
  logRetention: undefined,
};

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
  /** Megabytes. */
  readonly ephemeralStorage: number;
  readonly vpc: VpcSettings;
  readonly layers: readonly string[];
  readonly tracing: TracingMode;
  /** The name of the log group in CloudWatch Logs, which may not exist yet. */
  readonly logGroup: string;
  /** Days; undefined when the logs never expire, and when it was not read because no setting needs it. */
  readonly logRetention: number | undefined;
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
export const NEW_FUNCTION: FunctionTarget = {
  memory: 256,
  timeout: 30,
  architecture: 'x86_64',
  environment: {},
  tags: {},
  ephemeralStorage: 512,
  vpc: { subnets: [], securityGroups: [] },
  layers: [],
  tracing: 'pass-through',
  logRetention: undefined,
};

/** The configuration of a function after the deployment. */
export interface FunctionTarget
  extends Pick<
    FunctionState,
    'memory' | 'timeout' | 'architecture' | 'ephemeralStorage' | 'vpc' | 'layers' | 'tracing' | 'logRetention'
  > {
  /** Undefined when they cannot be read and stay unchanged. */
  readonly environment: Variables | undefined;
  /** The tags to set; other tags stay unchanged. */
  readonly tags: Variables;
}

/** The tags that do not belong to AWS: services such as CloudFormation set others, which do not count towards the limit. */
export function ownTags(tags: Variables = {}): Variables {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !/^aws:/i.test(name)));
}

/**
 * Merges the settings of a deployment into the current configuration of a function, or into the defaults.
 *
 * @param current undefined for a new function
 */
export function functionTarget(
  { settings }: Pick<FunctionSpec, 'settings'>,
  current: FunctionState | undefined,
): FunctionTarget {
  const base = current ?? NEW_FUNCTION;
  const { environment, replaceEnvironment, tags = {} } = settings;
  return {
    memory: settings.memory ?? base.memory,
    timeout: settings.timeout ?? base.timeout,
    architecture: settings.architecture ?? base.architecture,
    ephemeralStorage: settings.ephemeralStorage ?? base.ephemeralStorage,
    vpc: settings.vpc ?? base.vpc,
    layers: settings.layers ?? base.layers,
    tracing: settings.tracing ?? base.tracing,
    logRetention: settings.logRetention ?? base.logRetention,
    environment:
      replaceEnvironment === true
        ? (environment ?? {})
        : base.environment && { ...base.environment, ...environment },
    tags: Object.fromEntries(Object.entries(tags).filter(([name, value]) => current?.tags?.[name] !== value)),
  };
}
