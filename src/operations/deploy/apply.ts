import { settleAll } from '../../core/async/concurrency.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import type { Outcome } from '../../core/diagnostics/event.js';
import { encodeManifest } from '../../core/manifest/encode.js';
import { AlreadyGranted } from '../invoke-access/already-granted.js';
import type { InvokeAccess } from '../invoke-access/invoke-access.js';
import { LockedPolicyUpdate } from '../invoke-access/locked-policy-update.js';
import { removeAbandonedUploads } from './abandoned-uploads.js';
import { checkCodeUpdates, deployFunctions } from './deploy-functions.js';
import type { AppliedDeployment, DeployRun } from './deploy-run.js';
import { uploadAssets } from './upload-assets.js';

/**
 * Applies a plan, in an order that never exposes an app that does not work yet.
 *
 * @throws AppsctlError INTERRUPTED with what is done, once the signal is aborted; the errors of the ports
 */
export async function apply(run: DeployRun): Promise<AppliedDeployment> {
  try {
    // Changes nothing, but fails where an update would.
    await checkCodeUpdates(run);
    await settleAll(deployFunctions(run), uploadAssets(run));
    run.throwIfAborted();
    // Acquires the lock and reads the policies again.
    const access = await openInvokeAccess(run);
    try {
      await access.write();
      // The server reads only apps that have a manifest.
      await settleAll(access.verify(), uploadManifest(run));
    } catch (error) {
      // The first error is the one to report.
      await access.release().catch(() => undefined);
      throw error;
    }
    await settleAll(access.release(), publishToMattermost(run), removeUploads(run));
    return {
      executionRoleArn: run.state.current.role.arn,
      policyArns: access.policyArns,
      functionOutcomes: run.functionOutcomes,
    };
  } catch (error) {
    throw run.explain(error);
  }
}

async function openInvokeAccess(run: DeployRun): Promise<InvokeAccess> {
  const { bucket, invokePorts, invokeRequest, invokePlan, lockObject } = run.state;
  const context = {
    ports: invokePorts,
    request: invokeRequest,
    lock: { ...invokePorts, store: bucket, process: run.ports.process },
    report: (name: string, outcome: Outcome) => run.report('invoke policy', name, outcome),
  };
  if (invokePlan.change !== undefined) return LockedPolicyUpdate.open(context, invokePlan);
  const hasNewFunctions = run.plan.functions.some(({ action }) => action === 'create');
  return new AlreadyGranted(context, invokePlan, lockObject, hasNewFunctions);
}

async function uploadManifest(run: DeployRun): Promise<void> {
  const { bundle, plan, state } = run;
  run.throwIfAborted();
  if (plan.manifest !== 'unchanged') {
    await state.bucket.put(bundle.manifestKey, encodeManifest(bundle.manifest), 'application/json');
  }
  run.report('manifest', bundle.manifestKey, OUTCOME_OF[plan.manifest]);
}

/** Lists and installs the app. */
async function publishToMattermost(run: DeployRun): Promise<void> {
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

function removeUploads({ state }: DeployRun): Promise<void> {
  return removeAbandonedUploads(state.bucket, state.abandonedUploads);
}
