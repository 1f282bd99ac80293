import { createHash, randomUUID } from 'node:crypto';
import type { ProcessIdentity } from '../async/process-identity.js';
import { UPLOAD_PREFIX } from '../aws/resource-names.js';

/**
 * The largest archive, in bytes, that is sent to AWS Lambda directly. Lambda refuses a request that takes longer than
 * 5 minutes, and a retry sends all of it again; an upload to S3 only retries single parts.
 */
export const MAX_DIRECT_BYTES = 10_000_000 - 1;

/**
 * Returns a unique S3 key for one upload. It identifies the process, so that later deployments from the same machine can
 * detect an abandoned upload.
 */
export function uploadKey(process: ProcessIdentity): string {
  return `${UPLOAD_PREFIX}${machineId(process)}-${process.pid}-${randomUUID()}.zip`;
}

/** Whether a key belongs to an upload from this machine whose process has ended. */
export function isAbandonedUpload(key: string, process: ProcessIdentity): boolean {
  const [, machine, pid] = /^functions\/([0-9a-f]{16})-(\d+)-[0-9a-f-]+\.zip$/.exec(key) ?? [];
  return machine === machineId(process) && !process.isRunning(Number(pid));
}

function machineId({ host }: ProcessIdentity): string {
  return createHash('sha256').update(host).digest('hex').slice(0, 16);
}
