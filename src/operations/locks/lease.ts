import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/async/clock.js';
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
/** So long a last renewal may take, which tells a process that was suspended whether the lease is still its own. */
const LAST_RENEWAL_MS = 5 * SECOND;
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
    const start = clock.now();
    const take = (etag: string): LeaseResult => ({
      lease: holdLease(context, { key, owner, encode }, etag, Math.max(0, clock.now() - start)),
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
  // Without a time that can be read, its holder is none of ours.
  return hasOwnerEnded(content, process) || !(age <= STALE_AFTER_MS);
}

/** What the holder of a lease writes. */
interface LeaseObject {
  readonly key: string;
  readonly owner: string;
  encode(): Uint8Array;
}

/** The time in which a lease must be renewed. It is measured by a timer, since clocks can be set. */
class Deadline {
  isOver = false;
  private readonly end = new AbortController();
  private readonly timer: Promise<void>;

  constructor(
    private readonly clock: Clock,
    milliseconds: number,
  ) {
    this.timer = clock.sleep(milliseconds, this.end.signal).then(() => {
      this.isOver = true;
    });
  }

  /** Resolves when it is over, and the last renewal has taken too long. */
  async expire(): Promise<'lost'> {
    await this.timer;
    await this.clock.sleep(LAST_RENEWAL_MS, this.end.signal);
    return 'lost';
  }

  cancel(): void {
    this.end.abort();
  }
}

/** @param acquiredIn how long the request took that has acquired the lease */
function holdLease(
  { store, clock, onEvent }: Pick<WaitContext, 'clock' | 'onEvent'> & { readonly store: ConditionalStore },
  { key, owner, encode }: LeaseObject,
  firstEtag: string,
  acquiredIn: number,
): Lease {
  const end = new AbortController();
  const lost = new AbortController();
  let etag = firstEtag;
  let deadline = new Deadline(clock, Math.max(0, LOST_AFTER_MS - acquiredIn));
  /** Whether a request may have been processed whose response was lost. */
  let isUncertain = false;
  /** The ETag of the lease, if it is still ours. */
  const findOwn = async (): Promise<string | undefined> => {
    const current = await store.getWithEtag(key);
    return current !== undefined && parseLock(current.body).owner === owner ? current.etag : undefined;
  };
  const renew = async (): Promise<'renewed' | 'lost'> => {
    let renewed = await store.replaceIf(key, etag, encode());
    if (renewed === undefined) {
      // Ours, if the response to an earlier request was lost: then it is as old as that.
      const own = await findOwn();
      renewed = own && (await store.replaceIf(key, own, encode()));
    }
    if (renewed === undefined) return 'lost';
    etag = renewed;
    return 'renewed';
  };
  /** Returns how long to wait for the next renewal; undefined when the lease is lost. */
  const tryToRenew = async (): Promise<number | undefined> => {
    const next = new Deadline(clock, LOST_AFTER_MS);
    try {
      if ((await Promise.race([renew(), deadline.expire()])) === 'lost') return undefined;
      deadline.cancel();
      deadline = next;
      isUncertain = false;
      return RENEW_EVERY_MS;
    } catch (error) {
      isUncertain = true;
      onEvent({ type: 'warning', message: `the lease ${key} could not be renewed: ${reasonOf(error)}` });
      return deadline.isOver ? undefined : RETRY_AFTER_MS;
    } finally {
      if (next !== deadline) next.cancel();
    }
  };
  const keepRenewing = async (): Promise<void> => {
    let pause: number | undefined = Math.max(0, RENEW_EVERY_MS - acquiredIn);
    while (pause !== undefined) {
      await clock.sleep(pause, end.signal);
      if (end.signal.aborted) return;
      pause = await tryToRenew();
    }
    lost.abort();
  };
  const renewing = keepRenewing().finally(() => deadline.cancel());
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
