import type { FunctionCode } from './function-archive.js';

/** Code and settings that together can be invoked. */
export interface Runnable {
  name: string;
  arn: string;
  runtime: string;
  handler: string;
  /** Seconds. */
  timeout: number;
  /** Megabytes. */
  memorySize: number;
  environment: Readonly<Record<string, string>>;
  code: FunctionCode;
}

export interface StoredFunction {
  live: Runnable;
  /** What is invoked while an update is in progress. */
  previous: Runnable | undefined;
  role: string;
  description: string;
  architecture: 'x86_64' | 'arm64';
  tracing: string;
  tags: Map<string, string>;
  revisionId: string;
  lastModified: Date;
  /** Reads that still answer Pending, and InProgress. */
  pendingReads: number;
  inProgressReads: number;
  /** Reads that still answer 404. */
  missingReads: number;
}
