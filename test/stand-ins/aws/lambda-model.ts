import type { FunctionCode } from './function-archive.js';
import type { VpcConfig } from './lambda-vpc.js';

/** Code and settings that together can be invoked. */
export interface Runnable {
  name: string;
  arn: string;
  /** Any text: tests set runtimes here that Lambda no longer accepts. */
  runtime: string;
  handler: string;
  /** Seconds. */
  timeout: number;
  /** Megabytes. */
  memorySize: number;
  environment: Readonly<Record<string, string>>;
  code: FunctionCode;
}

/** A stored function. Tests may set any field; the next request uses it. */
export interface StoredFunction {
  live: Runnable;
  /** What is invoked while an update is in progress. */
  previous: Runnable | undefined;
  role: string;
  description: string;
  architecture: 'x86_64' | 'arm64';
  tracing: string;
  /** Megabytes. */
  ephemeralStorage: number;
  vpc: VpcConfig;
  /** ARNs of versions. */
  layers: string[];
  /** Undefined for the default log group. */
  logGroup: string | undefined;
  tags: Map<string, string>;
  /** Encrypts the variables: a caller without kms:Decrypt for it gets an error instead of them. */
  kmsKeyArn: string | undefined;
  /** Returned to every caller instead of the variables. */
  environmentError: { code: string; message: string } | undefined;
  revisionId: string;
  lastModified: Date;
  /** Reads that still answer 404. */
  missingReads: number;
  /** Reads that still answer Pending, and InProgress. */
  pendingReads: number;
  inProgressReads: number;
  /** Reads that still answer Deleting, if it is being deleted. */
  deletingReads: number;
  /** The state when it is neither Pending nor Active. */
  state: UnusualState | undefined;
  /** Why the last update failed, if it did. */
  updateFailure: { reason: string; code: string } | undefined;
}

interface UnusualState {
  name: 'Failed' | 'Inactive' | 'Deactivating' | 'Deactivated' | 'ActiveNonInvocable' | 'Deleting';
  reason: string;
  /** Such as `InsufficientRolePermissions`. */
  code?: string;
}
