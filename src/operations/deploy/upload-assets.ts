import { createHash } from 'node:crypto';
import { mapConcurrent, Semaphore } from '../../core/async/concurrency.js';
import type { BundleAsset } from '../../core/bundle/bundle.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import { contentType } from '../../core/deploy/content-type.js';
import { changedBundle } from '../../core/diagnostics/invalid-bundle.js';
import { MIB } from '../../core/units.js';
import type { DeployRun } from './deploy-run.js';

/** The bucket itself limits the number of concurrent requests. */
const CONCURRENT_ASSETS = 256;
/** Bytes of assets that are in memory while they are sent. */
const ASSET_MEMORY = new Semaphore(64 * MIB);

/** Uploads the assets that are new or have changed. */
export async function uploadAssets(run: DeployRun): Promise<void> {
  await mapConcurrent(run.plan.assets, CONCURRENT_ASSETS, async ({ asset, action, md5 }) => {
    run.throwIfAborted();
    if (action !== 'unchanged') await uploadAsset(run, asset, md5);
    run.report('asset', asset.key, OUTCOME_OF[action]);
  });
}

async function uploadAsset(
  { bundle, state }: DeployRun,
  { key, path, entry }: BundleAsset,
  verifiedMd5: string | undefined,
): Promise<void> {
  await ASSET_MEMORY.run(entry.size, async () => {
    const content = await bundle.read(entry);
    if (createHash('md5').update(content).digest('hex') !== verifiedMd5)
      throw changedBundle(bundle.file, entry.name);
    await state.bucket.put(key, content, contentType(path));
  });
}
