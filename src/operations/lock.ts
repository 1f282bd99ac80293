import { randomUUID } from 'node:crypto';
import { type Clock, throwIfInterrupted } from '../core/clock.js';
import { AppsctlError } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import type { Bucket } from '../core/ports.js';

const SECOND = 1000;
/** A lock that nobody has touched for so long was left behind by a deployment that was killed. */
const STALE_AFTER = 60 * SECOND;
/** How far the clocks of two machines may be apart: S3 refuses requests whose time is more than 15 minutes off. */
const SKEW = 2 * 15 * 60 * SECOND;
/** How long to wait for others, each of whom holds the lock for a second or two. */
const WAIT = 10 * 60 * SECOND;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2 * SECOND;
/** Waits shorter than this are not worth a word. */
const TELL_AFTER = 2 * SECOND;

/** What a lock works with. */
export interface LockContext {
  readonly bucket: Bucket;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  readonly signal: AbortSignal | undefined;
}

/** A lock that is held. */
export interface Lock {
  /** When it was taken, in milliseconds since the epoch: others count from then until they take it for stale. */
  readonly since: number;
  /** Lets others have it; harmless when it is no longer ours. */
  release(): Promise<void>;
}

/**
 * Waits until only this deployment may do something. The lock is an object in the bucket: made only if there is none,
 * taken over only if it is still the stale one that was seen, removed only if it is still ours.
 *
 * @param key the object that is the lock
 * @param what is locked, for the message about a wait
 * @throws AppsctlError CONFLICT when others do not come to an end, INTERRUPTED
 */
export async function acquireLock(context: LockContext, key: string, what: string): Promise<Lock> {
  const { etag, since } = await acquire(context, key, what);
  return { since, release: () => context.bucket.removeIf(key, etag) };
}

/**
 * Removes a lock that a deployment which was killed left behind.
 *
 * @param found the lock as it was seen
 */
export async function removeStaleLock(
  { bucket, clock }: LockContext,
  key: string,
  found: { readonly body: Uint8Array; readonly etag: string },
): Promise<void> {
  if (isLongAgo(found.body, clock.now())) await bucket.removeIf(key, found.etag);
}

async function acquire(
  { bucket, clock, onEvent, signal }: LockContext,
  key: string,
  what: string,
): Promise<{ etag: string; since: number }> {
  const owner = randomUUID();
  const start = clock.now();
  /** The lock of another one as it was first seen, and when: the clocks of two machines need not agree. */
  let seen = { etag: '', since: start };
  let told = false;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    throwIfInterrupted(signal);
    const since = clock.now();
    const body = Buffer.from(JSON.stringify({ owner, time: new Date(since).toISOString() }));
    const etag = await bucket.putIfAbsent(key, body);
    if (etag !== undefined) return { etag, since };
    const current = await bucket.getWithEtag(key);
    // The answer to our own request may have been lost, and the request been sent again.
    if (current !== undefined && ownerOf(current.body) === owner)
      return { etag: current.etag, since: timeOf(current.body, since) };
    if (current !== undefined) {
      const now = clock.now();
      if (current.etag !== seen.etag) seen = { etag: current.etag, since: now };
      if (now - seen.since > STALE_AFTER || isLongAgo(current.body, now)) {
        const taken = await bucket.replaceIf(key, current.etag, body);
        if (taken !== undefined) return { etag: taken, since };
      }
    }
    const waited = clock.now() - start;
    if (waited > WAIT) {
      throw new AppsctlError(
        'CONFLICT',
        `${what} is being changed by other deployments for ${Math.round(waited / SECOND)} s`,
        {
          hint: `try again; if no other deployment runs, delete s3://${bucket.name}/${key}`,
        },
      );
    }
    if (!told && waited + pause > TELL_AFTER) {
      onEvent({ type: 'waiting', reason: `until another deployment has changed ${what}` });
      told = true;
    }
    // Not all at the same moment again.
    await clock.sleep(pause * (0.5 + Math.random()), signal);
  }
}

function ownerOf(body: Uint8Array): string | undefined {
  return fieldOf(body, 'owner');
}

/** Whether a lock is stale whatever the clock of its maker says. */
function isLongAgo(body: Uint8Array, now: number): boolean {
  return now - timeOf(body, now) > STALE_AFTER + SKEW;
}

/** When a lock was made, as its maker's clock said; now, for one that does not say. */
function timeOf(body: Uint8Array, now: number): number {
  const time = Date.parse(fieldOf(body, 'time') ?? '');
  return Number.isNaN(time) ? now : time;
}

function fieldOf(body: Uint8Array, name: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
