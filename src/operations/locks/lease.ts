import { randomUUID } from 'node:crypto';
import type { WaitContext } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { ConditionalStore } from '../../core/ports/s3.js';
import { SECOND } from '../../core/units.js';
import { encodeLock, hasOwnerEnded, type LockContent, parseLock } from './lock-object.js';
import type { LockContext } from './s3-lock.js';

const RENEW_EVERY_MS = 20 * SECOND;
/** A failed renewal is repeated after this time. */
const RETRY_AFTER_MS = 5 * SECOND;
/** Then others may take the lease over. */
const STALE_AFTER_MS = 90 * SECOND;
/** Then its holder stops: before others take over, and with enough time for what it has just begun. */
const LOST_AFTER_MS = 60 * SECOND;
/** How often the lease of others may change or disappear while it is acquired. */
const MAX_ATTEMPTS = 5;

/** What the lease says of the one who holds it. */
export type LeaseClaim = Pick<LockContent, 'run' | 'since'>;

/** A lease that was acquired, and is renewed in the background. */
export interface Lease {
  /** Aborted when the lease is lost: its holder must stop. */
  readonly lost: AbortSignal;
  /** Ends the renewal and removes the lease, unless it is lost. */
  release(): Promise<void>;
}

/** The result of {@link acquireLease}. */
export type LeaseResult =
  | { readonly lease: Lease; readonly heldBy?: undefined }
  | { readonly heldBy: LockContent; readonly lease?: undefined };

/**
 * Acquires a lease, an object that only one process holds at a time. In contrast to a lock, it is held for long and
 * therefore renewed, and no one waits for it. The object is created only if it does not exist, and replaced and removed
 * only as it was read. It is stale when its process on this machine has ended, or when it has not been written for a time
 * that S3 measures itself, so that the clocks of the machines do not matter.
 *
 * @param key the key of the object
 * @param claim says who holds the lease
 * @returns the lease, or the claim of the one who holds it
 * @throws AppsctlError the errors of the store
 */
export async function acquireLease(
  context: LockContext,
  key: string,
  claim: LeaseClaim,
): Promise<LeaseResult> {
  const { store, clock, process } = context;
  const owner = randomUUID();
  const encode = (): Uint8Array => {
    const time = new Date(clock.now()).toISOString();
    return encodeLock({ owner, host: process.host, pid: process.pid, time, ...claim });
  };
  for (let attempt = 1; ; attempt++) {
    const writtenAt = clock.now();
    const take = (etag: string): LeaseResult => ({
      lease: holdLease(context, { key, owner, encode }, etag, writtenAt),
    });
    const created = await store.putIfAbsent(key, encode());
    if (created !== undefined) return take(created);
    const existing = await store.getWithEtag(key);
    if (existing === undefined && attempt < MAX_ATTEMPTS) continue;
    if (existing === undefined) {
      throw new AppsctlError('CONFLICT', `the lease s3://${store.name}/${key} appears and disappears`, {
        hint: ({ again }) => again,
      });
    }
    const content = parseLock(existing.body);
    // Our own request created it, and its response was lost.
    if (content.owner === owner) return take(existing.etag);
    if (!isStale(context, content, existing.ageMs)) return { heldBy: content };
    const replaced = await store.replaceIf(key, existing.etag, encode());
    if (replaced !== undefined) return take(replaced);
    if (attempt === MAX_ATTEMPTS) return { heldBy: content };
  }
}

/** @param ageMs as S3 measures it; undefined if a service that is compatible with it does not */
function isStale({ clock, process }: LockContext, content: LockContent, ageMs: number | undefined): boolean {
  const age = ageMs ?? clock.now() - Date.parse(content.time);
  return hasOwnerEnded(content, process) || age > STALE_AFTER_MS;
}

/** What the holder of a lease writes. */
interface LeaseObject {
  readonly key: string;
  readonly owner: string;
  encode(): Uint8Array;
}

function holdLease(
  { store, clock, onEvent }: Pick<WaitContext, 'clock' | 'onEvent'> & { readonly store: ConditionalStore },
  { key, owner, encode }: LeaseObject,
  firstEtag: string,
  writtenAt: number,
): Lease {
  const end = new AbortController();
  const lost = new AbortController();
  let etag = firstEtag;
  let renewedAt = writtenAt;
  /** Whether a request may have been processed whose response was lost. */
  let isUncertain = false;
  /** The ETag of the lease, if it is still ours. */
  const findOwn = async (): Promise<string | undefined> => {
    const current = await store.getWithEtag(key);
    return current !== undefined && parseLock(current.body).owner === owner ? current.etag : undefined;
  };
  const renew = async (): Promise<'renewed' | 'lost'> => {
    const start = clock.now();
    const renewed = (await store.replaceIf(key, etag, encode())) ?? (await findOwn());
    if (renewed === undefined) return 'lost';
    etag = renewed;
    renewedAt = start;
    isUncertain = false;
    return 'renewed';
  };
  /** Resolves when it is too late for a renewal, even if a request is still in progress. */
  const expire = async (signal: AbortSignal): Promise<'lost'> => {
    await clock.sleep(Math.max(0, renewedAt + LOST_AFTER_MS - clock.now()), signal);
    return 'lost';
  };
  const keepRenewing = async (): Promise<void> => {
    let pause = RENEW_EVERY_MS;
    for (;;) {
      await clock.sleep(pause, end.signal);
      if (end.signal.aborted) return;
      const attempt = new AbortController();
      try {
        if ((await Promise.race([renew(), expire(attempt.signal)])) === 'lost') return lost.abort();
        pause = RENEW_EVERY_MS;
      } catch (error) {
        isUncertain = true;
        onEvent({ type: 'warning', message: `the lease ${key} could not be renewed: ${reasonOf(error)}` });
        pause = RETRY_AFTER_MS;
      } finally {
        attempt.abort();
      }
    }
  };
  const renewing = keepRenewing();
  return {
    lost: lost.signal,
    async release() {
      end.abort();
      await renewing;
      if (lost.signal.aborted) return;
      try {
        const own = isUncertain ? await findOwn() : etag;
        if (own !== undefined) await store.removeIf(key, own);
      } catch (error) {
        const message = `the lease ${key} could not be removed, and is stale after 90 s: ${reasonOf(error)}`;
        onEvent({ type: 'warning', message });
      }
    },
  };
}

function reasonOf(error: unknown): string {
  return AppsctlError.is(error) ? error.message : String(error);
}
