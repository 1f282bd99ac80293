import { createHash, randomUUID } from 'node:crypto';
import type { ProcessIdentity } from '../async/process-identity.js';

/** Where function archives are put that are too large for a request to AWS Lambda. */
export const UPLOAD_PREFIX = 'functions/';

/**
 * The largest archive, in bytes, that is sent to AWS Lambda itself. Lambda refuses a request that takes longer than 5
 * minutes, and it has to be repeated as a whole; through the bucket, only a part has to.
 */
export const MAX_DIRECT_BYTES = 10_000_000 - 1;

/**
 * The key of one upload. No other upload has it, not even one of the same archive, and it shows whose it is, so that
 * others can tell when nobody needs it any more.
 */
export function uploadKey(process: ProcessIdentity): string {
  return `${UPLOAD_PREFIX}${machineId(process)}-${process.pid}-${randomUUID()}.zip`;
}

/** Whether it is the key of an upload from this machine whose process has ended. */
export function isAbandonedUpload(key: string, process: ProcessIdentity): boolean {
  const [, machine, pid] = /^functions\/([0-9a-f]{16})-(\d+)-[0-9a-f-]+\.zip$/.exec(key) ?? [];
  return machine === machineId(process) && !process.isRunning(Number(pid));
}

function machineId({ host }: ProcessIdentity): string {
  return createHash('sha256').update(host).digest('hex').slice(0, 16);
}
