import { createHash } from 'node:crypto';
import { mapConcurrent, Semaphore, settleAll } from '../../core/async/concurrency.js';
import type { BundleAsset } from '../../core/bundle/bundle.js';
import { contentType } from '../../core/deploy/content-type.js';
import { checkFunctionChange, functionChanges } from '../../core/deploy/function-spec.js';
import { differenceError, type FunctionStep } from '../../core/deploy/plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome } from '../../core/diagnostics/event.js';
import { encodeManifest } from '../../core/manifest/encode.js';
import { AlreadyGranted, type InvokeAccess, LockedPolicyUpdate } from '../invoke-access/invoke-access.js';
import { removeAbandonedUploads } from './abandoned-uploads.js';
import { type DeployResult, type DeployRun, OUTCOME_OF } from './deploy-run.js';

/** AWS allows 15 changes of functions a second in an account. */
const CONCURRENT_FUNCTIONS = 5;
/** Assets at the same time; how many of them are sent at once is up to the bucket. */
const CONCURRENT_ASSETS = 256;
/** Bytes of assets that are in memory while they are sent. */
const ASSET_MEMORY = new Semaphore(64 * 1024 * 1024);

/**
 * Does what a plan says: functions and assets at the same time, then the right to invoke, then the manifest, then the
 * listing, then the installation. So nobody sees an app that does not work yet.
 *
 * @throws AppsctlError INTERRUPTED, saying what is done; the errors of the ports
 */
export async function apply(run: DeployRun): Promise<DeployResult> {
  try {
    await checkCodeUpdates(run);
    await settleAll(putFunctions(run), putAssets(run));
    run.throwIfAborted();
    const access = await openInvokeAccess(run);
    try {
      await access.write();
      await settleAll(access.verify(), putManifest(run));
    } catch (error) {
      // The first error is the one to report; a lock that stays is taken over by the next deployment.
      await access.release().catch(() => undefined);
      throw error;
    }
    await settleAll(
      access.release(),
      publish(run),
      removeAbandonedUploads(run.state.bucket, run.state.leftUploads),
    );
    return { executionRoleArn: run.state.current.role.arn, policyArns: access.policyArns };
  } catch (error) {
    throw run.explain(error);
  }
}

/** Before anything is changed, AWS says whether it would accept new code for the functions that get some. */
async function checkCodeUpdates({ plan, state }: DeployRun): Promise<void> {
  const steps = plan.functions.filter(({ changes }) =>
    changes.some(({ field }) => field === 'code' || field === 'architecture'),
  );
  await mapConcurrent(steps, CONCURRENT_FUNCTIONS, async ({ current, changes }) => {
    if (current !== undefined) await state.functions.checkCodeUpdate(current, changes);
  });
}

async function putFunctions(run: DeployRun): Promise<void> {
  await mapConcurrent(run.plan.functions, CONCURRENT_FUNCTIONS, async (step) => {
    run.throwIfAborted();
    run.report('function', step.spec.name, await putFunction(run, step));
  });
}

async function putFunction(
  run: DeployRun,
  { action, spec, current, changes }: FunctionStep,
): Promise<Outcome> {
  const { functions } = run.state;
  if (current !== undefined) {
    if (action === 'update') await functions.update(spec, current, changes);
    else if (current.status === 'busy') await functions.whenReady(spec.name);
    return OUTCOME_OF[action];
  }
  if (await functions.create(spec)) return 'created';
  // Somebody else created it, or the answer to our own request was lost: then it is what it should be.
  const found = await functions.find(spec.name);
  if (found === undefined) {
    throw new AppsctlError('CONFLICT', `function ${spec.name} was created and deleted by somebody else`, {
      hint: 'run the same command again',
    });
  }
  const differences = functionChanges(spec, found);
  checkFunctionChange(spec, found, differences);
  if (differences.some(({ isUncertain }) => isUncertain !== true)) {
    if (!run.settings.update) throw differenceError([{ spec, changes: differences }]);
    await functions.update(spec, found, differences);
    return 'updated';
  }
  await functions.whenReady(spec.name);
  return 'created';
}

async function putAssets(run: DeployRun): Promise<void> {
  await mapConcurrent(run.plan.assets, CONCURRENT_ASSETS, async ({ asset, action, md5 }) => {
    run.throwIfAborted();
    if (action !== 'unchanged') await putAsset(run, asset, md5);
    run.report('asset', asset.key, OUTCOME_OF[action]);
  });
}

async function putAsset(
  { bundle, state }: DeployRun,
  { key, path, entry }: BundleAsset,
  md5: string | undefined,
): Promise<void> {
  await ASSET_MEMORY.run(entry.size, async () => {
    const content = await bundle.read(entry);
    if (createHash('md5').update(content).digest('hex') !== md5) {
      throw new AppsctlError(
        'INVALID_BUNDLE',
        `${bundle.file}: ${entry.name} has changed since it was checked`,
        {
          hint: 'run the same command again',
        },
      );
    }
    await state.bucket.put(key, content, contentType(path));
  });
}

async function openInvokeAccess(run: DeployRun): Promise<InvokeAccess> {
  const { bucket, invokePorts, invokeRequest, invokePlan, lockObject } = run.state;
  const context = {
    ports: invokePorts,
    request: invokeRequest,
    lock: { ...invokePorts, store: bucket, process: run.ports.process },
    onChange: (name: string, outcome: Outcome) => run.report('invoke policy', name, outcome),
  };
  if (invokePlan.change !== undefined) return LockedPolicyUpdate.open(context, invokePlan);
  run.report('invoke policy', invokeRequest.policyName, 'unchanged');
  const isNew = run.plan.functions.some(({ action }) => action === 'create');
  return new AlreadyGranted(context, invokePlan, lockObject, isNew);
}

async function putManifest(run: DeployRun): Promise<void> {
  const { bundle, plan, state } = run;
  run.throwIfAborted();
  if (plan.manifest !== 'unchanged') {
    await state.bucket.put(bundle.manifestKey, encodeManifest(bundle.manifest), 'application/json');
  }
  run.report('manifest', bundle.manifestKey, OUTCOME_OF[plan.manifest]);
}

/** Lists and installs the app in Mattermost. */
async function publish(run: DeployRun): Promise<void> {
  const { bundle, plan, state } = run;
  const { manifest } = bundle;
  if (state.mattermost === undefined) return;
  run.throwIfAborted();
  if (plan.listing !== 'unchanged') await state.mattermost.list(manifest);
  run.report('listing', manifest.app_id, OUTCOME_OF[plan.listing]);
  if (plan.installation === undefined) return;
  run.throwIfAborted();
  if (plan.installation !== 'unchanged') await state.mattermost.install(manifest);
  run.report('installation', manifest.app_id, OUTCOME_OF[plan.installation]);
}
