import type { OpenBundle } from '../bundle/open-bundle.js';
import type { BundleAsset } from '../core/app-bundle/bundle.js';
import { throwIfInterrupted } from '../core/clock.js';
import { contentType } from '../core/content-type.js';
import {
  type Action,
  type DeployPlan,
  type DeploySettings,
  invokeGrant,
  type Observed,
} from '../core/deploy-plan.js';
import { AppsctlError } from '../core/errors.js';
import type { EventListener, Outcome, ResourceKind } from '../core/events.js';
import { encodeManifest } from '../core/manifest/encode.js';
import { allSettled, Budget, mapParallel } from '../core/parallel.js';
import type { Bucket } from '../core/ports.js';
import type { DeployPorts } from './deploy.js';
import { InvokeUpdate, policyLock } from './invoke-policies.js';
import { removeStaleLock } from './lock.js';

/** Requests to S3 at once: it takes thousands a second, a connection each. */
const ASSETS_AT_ONCE = 24;
/** Functions at once: AWS allows 15 changes a second in an account. */
const FUNCTIONS_AT_ONCE = 5;
/** When no more assets and bytes are left, the next step is prepared: it takes a lock for which others wait. */
const LAST_ASSETS = 4 * ASSETS_AT_ONCE;
const LAST_BYTES = 4 * 1024 * 1024;

const DONE: Readonly<Record<Action, Outcome>> = {
  create: 'created',
  update: 'updated',
  unchanged: 'unchanged',
};

/**
 * Does what a plan says: functions and assets at the same time, then the right to invoke, then the manifest, then the
 * listing, then the installation.
 *
 * @throws AppsctlError INTERRUPTED, saying what is done; the errors of the ports
 */
export async function apply(
  bundle: OpenBundle,
  plan: DeployPlan,
  observed: Observed,
  settings: DeploySettings,
  ports: DeployPorts,
  onEvent: EventListener,
): Promise<void> {
  const { functions, bucket, mattermost, signal } = ports;
  const progress = new Progress(plan, onEvent);
  const { manifest } = bundle;
  const left = new Remainder(plan.assets.map(({ asset }) => asset.entry.size));
  const putFunctions = mapParallel(plan.functions, FUNCTIONS_AT_ONCE, async ({ spec, current }) => {
    throwIfInterrupted(signal);
    const { outcome } = await functions.put(spec, current, observed.role);
    progress.tell('function', spec.name, outcome);
  });
  const putAssets = mapParallel(plan.assets, ASSETS_AT_ONCE, async ({ asset, action }) => {
    throwIfInterrupted(signal);
    if (action !== 'unchanged') await putAsset(bundle, bucket, asset);
    progress.tell('asset', asset.key, DONE[action]);
    left.took(asset.entry.size);
  });
  const allThere = allSettled(putFunctions, putAssets);

  try {
    const putManifest = async (): Promise<void> => {
      throwIfInterrupted(signal);
      if (plan.manifest !== 'unchanged') {
        await bucket.put(bundle.manifestKey, encodeManifest(manifest), 'application/json');
      }
      progress.tell('manifest', bundle.manifestKey, DONE[plan.manifest]);
    };
    const tellMattermost = async (): Promise<void> => {
      if (mattermost === undefined) return;
      throwIfInterrupted(signal);
      if (plan.listing !== 'unchanged') await mattermost.list(manifest);
      progress.tell('listing', manifest.app_id, DONE[plan.listing]);
      if (plan.installation === undefined) return;
      throwIfInterrupted(signal);
      if (plan.installation !== 'unchanged') await mattermost.install(manifest);
      progress.tell('installation', manifest.app_id, DONE[plan.installation]);
    };

    const { access, clock } = ports;
    const lock = { bucket, clock, onEvent, signal };
    if (plan.policies.length === 0) {
      await allThere;
      if (observed.lock !== undefined)
        await removeStaleLock(lock, policyLock(settings.policyName), observed.lock);
      progress.tell('invoke policy', settings.policyName, 'unchanged');
      await putManifest();
      await tellMattermost();
      return;
    }
    // Lock and policies are read while the last assets are on their way; nothing is written before all are there.
    const mayBegin = allSettled(putFunctions, left.isSmall).catch(() => allThere);
    await Promise.race([mayBegin, allThere]);
    const update = await InvokeUpdate.begin(
      { access, functions, lock },
      invokeGrant(bundle, settings, observed),
      plan.policies,
    );
    try {
      await allThere;
      throwIfInterrupted(signal);
      await update.write();
      for (const { name, policy } of update.done) {
        progress.tell('invoke policy', name, policy === undefined ? 'created' : 'updated');
      }
      await allSettled(update.verify(), putManifest());
    } catch (error) {
      // What went wrong first is what to tell; a lock that stays is stale in a minute.
      await update.end().catch(() => undefined);
      throw error;
    }
    await allSettled(update.end(), tellMattermost());
  } catch (error) {
    // Nothing happens any more once this has answered.
    await allThere.catch(() => undefined);
    if (error instanceof AppsctlError && error.code === 'INTERRUPTED') throw progress.interruption();
    throw error;
  }
}

/** Assets are held in memory while they are sent. */
const ASSET_MEMORY = new Budget(64 * 1024 * 1024);

async function putAsset(
  bundle: OpenBundle,
  bucket: Bucket,
  { key, path, entry }: BundleAsset,
): Promise<void> {
  await ASSET_MEMORY.use(entry.size, async () =>
    bucket.put(key, await bundle.read(entry), contentType(path)),
  );
}

/** What is left of the assets. */
class Remainder {
  /** Resolves when little is left. */
  readonly isSmall: Promise<void>;
  private resolve: () => void = () => {};
  private assets: number;
  private bytes: number;

  /** @param sizes of all assets, in bytes */
  constructor(sizes: readonly number[]) {
    this.assets = sizes.length;
    this.bytes = sizes.reduce((sum, size) => sum + size, 0);
    this.isSmall = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.look();
  }

  took(size: number): void {
    this.assets--;
    this.bytes -= size;
    this.look();
  }

  private look(): void {
    if (this.assets <= LAST_ASSETS && this.bytes <= LAST_BYTES) this.resolve();
  }
}

/** What of a plan is done. */
class Progress {
  private readonly done = new Map<ResourceKind, number>();

  constructor(
    private readonly plan: DeployPlan,
    private readonly onEvent: EventListener,
  ) {}

  tell(kind: ResourceKind, name: string, outcome: Outcome): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
    this.onEvent({ type: 'resource', kind, name, outcome });
  }

  interruption(): AppsctlError {
    const { functions, assets } = this.plan;
    const count = (kind: ResourceKind, total: number): string =>
      `${this.done.get(kind) ?? 0} of ${total} ${kind}s`;
    const steps: ResourceKind[] = ['invoke policy', 'manifest', 'listing'];
    const open = steps.filter((kind) => !this.done.has(kind));
    const done = `${count('function', functions.length)} and ${count('asset', assets.length)} are done`;
    const rest = open.length === 0 ? '' : `, ${open.join(', ')} not`;
    return new AppsctlError('INTERRUPTED', `interrupted: ${done}${rest}`, {
      hint: 'the same command again does the rest',
    });
  }
}
