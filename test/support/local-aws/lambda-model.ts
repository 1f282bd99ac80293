import type { FunctionCode } from './function-archive.js';

/** Code and settings that together can be invoked. */
export interface Runnable {
  name: string;
  arn: string;
  /** Any text: tests put in what Lambda would not take any more. */
  runtime: string;
  handler: string;
  /** Seconds. */
  timeout: number;
  /** Megabytes. */
  memorySize: number;
  environment: Readonly<Record<string, string>>;
  code: FunctionCode;
}

/** A function as it is stored. Tests may set everything in it, which shows from the next request on. */
export interface StoredFunction {
  live: Runnable;
  /** What is invoked while an update is in progress. */
  previous: Runnable | undefined;
  role: string;
  description: string;
  architecture: 'x86_64' | 'arm64';
  tracing: string;
  tags: Map<string, string>;
  /** The key of the variables: who may not kms:Decrypt with it gets an error in their place. */
  kmsKeyArn: string | undefined;
  /** Answered in place of the variables, to everybody. */
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
