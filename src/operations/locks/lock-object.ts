import * as z from 'zod/mini';
import type { ProcessIdentity } from '../../core/async/process-identity.js';

/** What a lock or a lease contains; what cannot be read is undefined. */
export interface LockContent {
  /** Differs between any two that ever acquired it. */
  readonly owner: string | undefined;
  readonly host: string | undefined;
  readonly pid: number | undefined;
  /** When it was written, by the clock of its owner: ISO 8601. */
  readonly time: string;
  /** The pass of a deployer. */
  readonly run: string | undefined;
  /** When the pass began: ISO 8601. */
  readonly since: string | undefined;
}

const optionalText = z.catch(z.optional(z.string()), undefined);
const lockSchema = z.object({
  owner: optionalText,
  host: optionalText,
  pid: z.catch(z.optional(z.number()), undefined),
  time: z.catch(z.string(), ''),
  run: optionalText,
  since: optionalText,
});

export function encodeLock(content: Partial<LockContent>): Uint8Array {
  return Buffer.from(JSON.stringify(content));
}

export function parseLock(body: Uint8Array): LockContent {
  try {
    return { ...NOTHING, ...lockSchema.parse(JSON.parse(Buffer.from(body).toString())) };
  } catch {
    return NOTHING;
  }
}

const NOTHING: LockContent = {
  owner: undefined,
  host: undefined,
  pid: undefined,
  time: '',
  run: undefined,
  since: undefined,
};

/** Whether the process that holds it was on this machine and has ended. */
export function hasOwnerEnded({ host, pid }: LockContent, process: ProcessIdentity): boolean {
  return host === process.host && pid !== undefined && !process.isRunning(pid);
}
