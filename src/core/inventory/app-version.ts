import type { RuntimeEnd } from '../aws/runtimes.js';
import type { Architecture, TracingMode, VpcSettings } from '../deploy/function-spec.js';

/** A function on AWS. Its environment variables and tags are names without values, which may be secrets. */
export interface FunctionOnAws {
  readonly arn: string;
  /** As AWS Lambda names it, such as Active, Pending, Inactive or Failed. */
  readonly state: string;
  /** Why it has another state than Active, in the words of AWS. */
  readonly stateReason: string | undefined;
  /** Whether AWS is updating it. */
  readonly isUpdating: boolean;
  /** Why its last update failed, in the words of AWS; undefined if it did not. */
  readonly updateFailure: string | undefined;
  readonly handler: string;
  readonly runtime: string;
  /** When AWS ends its runtime; undefined for a runtime that appsctl does not know. */
  readonly runtimeEnd: RuntimeEnd | undefined;
  readonly roleArn: string;
  /** Megabytes. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly architecture: Architecture;
  /** Megabytes of `/tmp`. */
  readonly ephemeralStorage: number;
  readonly vpc: VpcSettings;
  /** ARNs of layer versions. */
  readonly layers: readonly string[];
  readonly tracing: TracingMode;
  /** The name of its log group in CloudWatch Logs. */
  readonly logGroup: string;
  /** The names of its environment variables; undefined when AWS does not show them. */
  readonly variables: readonly string[] | undefined;
  /** The names of its tags; undefined without permission to read them. */
  readonly tags: readonly string[] | undefined;
  /** Bytes of its archive. */
  readonly codeSize: number;
  /** SHA-256 of its archive, in base64. */
  readonly codeSha256: string;
  /** When it was changed last, in ISO 8601. */
  readonly lastModified: string;
}

/** A function that a manifest names. */
export interface AppFunction {
  /** The name in the manifest. */
  readonly name: string;
  /** The name on AWS, which is computed from the manifest. */
  readonly lambdaName: string;
  /** The handler and the runtime in the manifest. */
  readonly handler: string;
  readonly runtime: string;
  /** `unknown` when it could not be read. */
  readonly status: 'found' | 'missing' | 'unknown';
  /** What AWS has; undefined unless it was found. */
  readonly aws: FunctionOnAws | undefined;
}

/** What a Mattermost server has of an app. */
export interface AppOnServer {
  /** The version that it lists; undefined when it does not list the app. */
  readonly listedVersion: string | undefined;
  /** The version that is installed; undefined when the app is not installed. */
  readonly installedVersion: string | undefined;
  /** How the server calls the installed app, such as `aws_lambda`. */
  readonly deployType: string | undefined;
  /** Whether it is installed, and a system admin has disabled it. */
  readonly isDisabled: boolean;
}

/** The assets of a version in the bucket. */
export interface AssetTotals {
  readonly count: number;
  readonly bytes: number;
}

/** The icon that a manifest names. */
export interface AppIcon {
  /** The S3 key. */
  readonly key: string;
  readonly exists: boolean;
}

/** A version of an app whose manifest is in the bucket. */
export interface AppVersion {
  readonly id: string;
  readonly version: string;
  readonly displayName: string;
  /** The S3 key of the manifest. */
  readonly manifestKey: string;
  /** When the manifest was written, in ISO 8601. */
  readonly deployedAt: string;
  /** In the order of the manifest. */
  readonly functions: readonly AppFunction[];
  /** Undefined when they could not be read. */
  readonly assets: AssetTotals | undefined;
  /** Undefined for an app without an icon, and when the assets could not be read. */
  readonly icon: AppIcon | undefined;
  /** What the server has of the app; undefined without a server, and when it could not be read. */
  readonly server: AppOnServer | undefined;
}
