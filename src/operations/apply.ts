import { createHash } from 'node:crypto';
import type { BundleAsset } from '../core/app-bundle/bundle.js';
import { contentType } from '../core/content-type.js';
import { type FunctionStep, functionsDiffer } from '../core/deploy-plan.js';
import { AppsctlError } from '../core/errors.js';
import type { Outcome } from '../core/events.js';
import { checkFunctionChange, functionChanges } from '../core/function-spec.js';
import { encodeManifest } from '../core/manifest/encode.js';
import { allSettled, Budget, mapParallel } from '../core/parallel.js';
import { type DeployResult, type DeployRun, OUTCOME_OF } from './deploy-run.js';
import { ExistingAccess, type InvokeAccess, PolicyUpdate } from './invoke-access.js';
import { removeLeftUploads } from './left-uploads.js';

/** AWS allows 15 changes of functions a second in an account. */
const CONCURRENT_FUNCTIONS = 5;
/** Assets at the same time; how many of them are sent at once is up to the bucket. */
const CONCURRENT_ASSETS = 256;
/** Bytes of assets that are in memory while they are sent. */
const ASSET_MEMORY = new Budget(64 * 1024 * 1024);

/**
 * Does what a plan says: functions and assets at the same time, then the right to invoke, then the manifest, then the
 * listing, then the installation. So nobody sees an app that does not work yet.
 *
 * @throws AppsctlError INTERRUPTED, saying what is done; the errors of the ports
 */
export async function apply(run: DeployRun): Promise<DeployResult> {
  try {
    await checkCodeUpdates(run);
    await allSettled(putFunctions(run), putAssets(run));
    run.throwIfInterrupted();
    const access = await openInvokeAccess(run);
    try {
      await access.write();
      await allSettled(access.verify(), putManifest(run));
    } catch (error) {
      // The first error is the one to report; a lock that stays is taken over by the next deployment.
      await access.release().catch(() => undefined);
      throw error;
    }
    await allSettled(
      access.release(),
      publish(run),
      removeLeftUploads(run.state.bucket, run.state.leftUploads),
    );
    return { executeRoleArn: run.state.current.role.arn, policyArns: access.policyArns };
  } catch (error) {
    throw run.explain(error);
  }
}

/** Before anything is changed, AWS says whether it would accept new code for the functions that get some. */
async function checkCodeUpdates({ plan, state }: DeployRun): Promise<void> {
  const steps = plan.functions.filter(({ changes }) =>
    changes.some(({ field }) => field === 'code' || field === 'architecture'),
  );
  await mapParallel(steps, CONCURRENT_FUNCTIONS, async ({ current, changes }) => {
    if (current !== undefined) await state.functions.checkCodeUpdate(current, changes);
  });
}

async function putFunctions(run: DeployRun): Promise<void> {
  await mapParallel(run.plan.functions, CONCURRENT_FUNCTIONS, async (step) => {
    run.throwIfInterrupted();
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
    if (!run.settings.update) throw functionsDiffer([{ spec, changes: differences }]);
    await functions.update(spec, found, differences);
    return 'updated';
  }
  await functions.whenReady(spec.name);
  return 'created';
}

async function putAssets(run: DeployRun): Promise<void> {
  await mapParallel(run.plan.assets, CONCURRENT_ASSETS, async ({ asset, action, md5 }) => {
    run.throwIfInterrupted();
    if (action !== 'unchanged') await putAsset(run, asset, md5);
    run.report('asset', asset.key, OUTCOME_OF[action]);
  });
}

async function putAsset(
  { bundle, state }: DeployRun,
  { key, path, entry }: BundleAsset,
  md5: string | undefined,
): Promise<void> {
  await ASSET_MEMORY.use(entry.size, async () => {
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
  if (invokePlan.change !== undefined) return PolicyUpdate.open(context, invokePlan);
  run.report('invoke policy', invokeRequest.policyName, 'unchanged');
  const isNew = run.plan.functions.some(({ action }) => action === 'create');
  return new ExistingAccess(context, invokePlan, lockObject, isNew);
}

async function putManifest(run: DeployRun): Promise<void> {
  const { bundle, plan, state } = run;
  run.throwIfInterrupted();
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
  run.throwIfInterrupted();
  if (plan.listing !== 'unchanged') await state.mattermost.list(manifest);
  run.report('listing', manifest.app_id, OUTCOME_OF[plan.listing]);
  if (plan.installation === undefined) return;
  run.throwIfInterrupted();
  if (plan.installation !== 'unchanged') await state.mattermost.install(manifest);
  run.report('installation', manifest.app_id, OUTCOME_OF[plan.installation]);
}
