import { randomUUID } from 'node:crypto';
import { poll, type WaitContext } from '../../core/async/poll.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { ConditionalStore } from '../../core/ports/s3.js';
import { HOUR, MINUTE, SECOND } from '../../core/units.js';
import { encodeLock, hasOwnerEnded, parseLock } from './lock-object.js';

/** A lock that has not changed for this long is stale; a deployment holds it for a second or two. */
const STALE_AFTER_MS = MINUTE;
/** How far the clocks of two machines can differ. The SDK corrects the time of its requests, so a deployment works with any clock. */
const MAX_CLOCK_SKEW_MS = 24 * HOUR;
/** How long to wait for other deployments. */
const LOCK_WAIT_MS = 10 * MINUTE;

/** What a lock requires. */
export interface LockContext extends WaitContext {
  readonly store: ConditionalStore;
  readonly process: ProcessIdentity;
}

/** An acquired lock. */
export interface Lock {
  /** Has no effect when another deployment has taken over the lock. */
  release(): Promise<void>;
}

/** A lock as it was read. */
export interface LockObject {
  readonly body: Uint8Array;
  readonly etag: string;
}

/**
 * Acquires a lock shared by all deployments to a bucket. The lock is an object that is created only if it does not exist
 * (If-None-Match), taken over only if it is still the stale one that was read, and removed only if it is still ours
 * (If-Match).
 *
 * A lock is stale when its process on this machine has ended, when it has not changed for a minute, or when it is older
 * than any clock skew can explain.
 *
 * @param key the key of the object
 * @param subject what is locked, for messages
 * @throws AppsctlError CONFLICT when other deployments do not release it, INTERRUPTED
 */
export async function acquireLock(context: LockContext, key: string, subject: string): Promise<Lock> {
  const { store, clock } = context;
  const start = clock.now();
  const contender = new Contender(context, key);
  const wait = {
    limitMs: LOCK_WAIT_MS,
    reason: `for another deployment to release ${subject}`,
    firstPauseMs: 100,
    maxPauseMs: 2 * SECOND,
    jitter: true,
  };
  const etag = await poll(context, wait, async (isLast) => {
    const acquired = (await contender.create()) ?? (await contender.takeOverIfStale());
    if (acquired !== undefined || !isLast) return acquired;
    const seconds = Math.round((clock.now() - start) / SECOND);
    throw new AppsctlError('CONFLICT', `other deployments have been changing ${subject} for ${seconds} s`, {
      hint: ({ again }) => `${again}; if no other deployment is running, delete s3://${store.name}/${key}`,
    });
  });
  return { release: () => store.removeIf(key, etag) };
}

/**
 * Removes a lock that a killed deployment left behind.
 *
 * @param lock as it was read
 */
export async function removeStaleLock(context: LockContext, key: string, lock: LockObject): Promise<void> {
  if (isStale(context, lock)) await context.store.removeIf(key, lock.etag);
}

/** A deployment that is acquiring a lock. */
class Contender {
  private readonly owner = randomUUID();
  /** The lock of another deployment and when it was first seen, by our clock: the owner's may differ. */
  private seen = { etag: '', since: 0 };

  constructor(
    private readonly context: LockContext,
    private readonly key: string,
  ) {}

  /** Returns the ETag of the lock; undefined when the lock exists. */
  create(): Promise<string | undefined> {
    return this.context.store.putIfAbsent(this.key, this.body());
  }

  /** Returns the ETag of the lock once it is ours; also when our own request created it and the response was lost. */
  async takeOverIfStale(): Promise<string | undefined> {
    const { store, clock } = this.context;
    const lock = await store.getWithEtag(this.key);
    if (lock === undefined) return undefined;
    if (parseLock(lock.body).owner === this.owner) return lock.etag;
    if (lock.etag !== this.seen.etag) this.seen = { etag: lock.etag, since: clock.now() };
    const isUnchanged = clock.now() - this.seen.since > STALE_AFTER_MS;
    if (!isUnchanged && !isStale(this.context, lock)) return undefined;
    return store.replaceIf(this.key, lock.etag, this.body());
  }

  private body(): Uint8Array {
    const { clock, process } = this.context;
    const time = new Date(clock.now()).toISOString();
    return encodeLock({ owner: this.owner, host: process.host, pid: process.pid, time });
  }
}

/** Whether a lock is stale regardless of how long this deployment has seen it. */
function isStale({ clock, process }: LockContext, { body }: LockObject): boolean {
  const content = parseLock(body);
  if (hasOwnerEnded(content, process)) return true;
  const createdAt = Date.parse(content.time);
  return clock.now() - createdAt > STALE_AFTER_MS + MAX_CLOCK_SKEW_MS;
}
