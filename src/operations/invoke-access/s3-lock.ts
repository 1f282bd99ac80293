import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { poll, type WaitContext } from '../../core/async/poll.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { ConditionalStore } from '../../core/ports/s3.js';

const SECOND = 1000;
/** A lock that nobody has touched for this long was left behind by a deployment that was killed. */
const STALE_AFTER_MS = 60 * SECOND;
/** How far the clocks of two machines may be apart: S3 refuses requests whose time is more than 15 minutes off. */
const MAX_CLOCK_SKEW_MS = 2 * 15 * 60 * SECOND;
/** How long to wait for others, each of whom holds the lock for a second or two. */
const LOCK_WAIT_MS = 10 * 60 * SECOND;

/** What a lock works with. */
export interface LockContext extends WaitContext {
  readonly store: ConditionalStore;
  readonly process: ProcessIdentity;
}

/** A lock that is held. */
export interface Lock {
  /** Lets others have it; harmless when it is no longer ours. */
  release(): Promise<void>;
}

/** An object that is a lock, as it was seen. */
export interface LockObject {
  readonly body: Uint8Array;
  readonly etag: string;
}

/**
 * Acquires a lock shared by all deployments to a bucket. The lock is an object: created only if there is none, taken
 * over only if it is still the stale one that was seen, removed only if it is still ours.
 *
 * A lock is stale when its process no longer runs on this machine, when it has not changed for a minute, or when it is
 * so old that no clock can be that wrong.
 *
 * @param key the object that is the lock
 * @param what is locked, for messages
 * @throws AppsctlError CONFLICT when others do not release it, INTERRUPTED
 */
export async function acquireLock(context: LockContext, key: string, what: string): Promise<Lock> {
  const { store, clock } = context;
  const start = clock.now();
  const contender = new Contender(context, key);
  const wait = {
    limitMs: LOCK_WAIT_MS,
    reason: `for another deployment to release ${what}`,
    firstPauseMs: 100,
    maxPauseMs: 2 * SECOND,
    jitter: true,
  };
  const etag = await poll(context, wait, async (isLast) => {
    const acquired = (await contender.create()) ?? (await contender.takeOver());
    if (acquired !== undefined || !isLast) return acquired;
    const seconds = Math.round((clock.now() - start) / SECOND);
    throw new AppsctlError('CONFLICT', `other deployments have been changing ${what} for ${seconds} s`, {
      hint: `try again; if no other deployment runs, delete s3://${store.name}/${key}`,
    });
  });
  return { release: () => store.removeIf(key, etag) };
}

/**
 * Removes a lock that a deployment which was killed left behind.
 *
 * @param found the lock as it was seen
 */
export async function removeStaleLock(context: LockContext, key: string, found: LockObject): Promise<void> {
  if (isStale(context, found)) await context.store.removeIf(key, found.etag);
}

/** One deployment that wants a lock. */
class Contender {
  private readonly owner = randomUUID();
  /** The lock of another deployment, and since when it has been seen: the clocks of two machines need not agree. */
  private seen = { etag: '', since: 0 };

  constructor(
    private readonly context: LockContext,
    private readonly key: string,
  ) {}

  /** Returns the lock's ETag once it is ours. */
  create(): Promise<string | undefined> {
    return this.context.store.putIfAbsent(this.key, this.body());
  }

  /** Takes over a stale lock; also finds one that our own request created whose answer was lost. */
  async takeOver(): Promise<string | undefined> {
    const { store, clock } = this.context;
    const found = await store.getWithEtag(this.key);
    if (found === undefined) return undefined;
    if (parseLock(found.body).owner === this.owner) return found.etag;
    if (found.etag !== this.seen.etag) this.seen = { etag: found.etag, since: clock.now() };
    const isAbandoned = clock.now() - this.seen.since > STALE_AFTER_MS || isStale(this.context, found);
    return isAbandoned ? store.replaceIf(this.key, found.etag, this.body()) : undefined;
  }

  private body(): Uint8Array {
    const { clock, process } = this.context;
    const time = new Date(clock.now()).toISOString();
    return Buffer.from(JSON.stringify({ owner: this.owner, host: process.host, pid: process.pid, time }));
  }
}

const lockSchema = z.object({
  owner: z.catch(z.optional(z.string()), undefined),
  host: z.catch(z.optional(z.string()), undefined),
  pid: z.catch(z.optional(z.number()), undefined),
  time: z.catch(z.optional(z.string()), undefined),
});

/** Reads as much of a lock as can be understood. */
function parseLock(body: Uint8Array): z.infer<typeof lockSchema> {
  try {
    return lockSchema.parse(JSON.parse(Buffer.from(body).toString()));
  } catch {
    return { owner: undefined, host: undefined, pid: undefined, time: undefined };
  }
}

/** Whether a lock is stale whoever looks at it for the first time. */
function isStale({ clock, process }: LockContext, { body }: LockObject): boolean {
  const { host, pid, time } = parseLock(body);
  if (host === process.host && pid !== undefined && !process.isRunning(pid)) return true;
  const createdAt = Date.parse(time ?? '');
  return clock.now() - createdAt > STALE_AFTER_MS + MAX_CLOCK_SKEW_MS;
}
