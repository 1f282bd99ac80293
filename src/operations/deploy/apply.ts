import { settleAll } from '../../core/async/concurrency.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome } from '../../core/diagnostics/event.js';
import { encodeManifest } from '../../core/manifest/encode.js';
import type { InvokeAccess } from '../invoke-access/invoke-access.js';
import { grantInvokeAccess, openInvokeAccess } from '../invoke-access/open-invoke-access.js';
import { publish } from '../publish.js';
import { checkNotBeingRemoved } from '../removal-record.js';
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
    const access = await openAccess(run);
    // The server reads only apps that have a manifest.
    await grantInvokeAccess(access, async () => {
      await uploadManifest(run);
      await checkNotRemoved(run);
    });
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

function openAccess(run: DeployRun): Promise<InvokeAccess> {
  const { bucket, invokePorts, invokeRequest, invokePlan, lockObject } = run.state;
  const context = {
    ports: invokePorts,
    request: invokeRequest,
    lock: { ...invokePorts, store: bucket, process: run.ports.process },
    report: (name: string, outcome: Outcome) => run.report('invoke policy', name, outcome),
  };
  const hasNewFunctions = run.plan.functions.some(({ action }) => action === 'create');
  return openInvokeAccess(context, invokePlan, lockObject, hasNewFunctions);
}

/**
 * A removal of the same version that ran meanwhile has taken away what was deployed, so the app must not be listed. One that
 * begins later sees everything that was deployed.
 *
 * @throws AppsctlError CONFLICT
 */
async function checkNotRemoved({ bundle, plan, state }: DeployRun): Promise<void> {
  const actions = [...plan.functions, ...plan.assets].map(({ action }) => action);
  if (state.mattermost !== undefined) actions.push(plan.listing);
  const isUnchanged = [...actions, plan.manifest].every((action) => action === 'unchanged');
  if (isUnchanged && plan.policyChange === undefined) return;
  await settleAll(checkNotBeingRemoved(state.bucket, bundle.manifest), checkManifestExists(bundle, state));
}

/** @throws AppsctlError CONFLICT when the manifest was removed since the deployment began, or has written it */
async function checkManifestExists(
  { manifestKey, manifest }: DeployRun['bundle'],
  { bucket }: DeployRun['state'],
): Promise<void> {
  if ((await bucket.get(manifestKey)) !== undefined) return;
  const { app_id: id, version } = manifest;
  throw new AppsctlError('CONFLICT', `version ${version} of app ${id} was removed meanwhile`, {
    hint: ({ again }) => `${again} to deploy what was removed`,
  });
}

async function uploadManifest(run: DeployRun): Promise<void> {
  const { bundle, plan, state } = run;
  run.throwIfAborted();
  if (plan.manifest === 'update') await checkManifestExists(bundle, state);
  if (plan.manifest !== 'unchanged') {
    await state.bucket.put(bundle.manifestKey, encodeManifest(bundle.manifest), 'application/json');
  }
  run.report('manifest', bundle.manifestKey, OUTCOME_OF[plan.manifest]);
}

/** Lists and installs the app. */
async function publishToMattermost(run: DeployRun): Promise<void> {
  const { mattermost } = run.state;
  if (mattermost === undefined) return;
  const context = {
    mattermost,
    throwIfAborted: () => run.throwIfAborted(),
    report: run.report.bind(run),
  };
  await publish(context, run.bundle.manifest, run.plan);
}

function removeUploads({ state }: DeployRun): Promise<void> {
  return removeAbandonedUploads(state.bucket, state.abandonedUploads);
}
