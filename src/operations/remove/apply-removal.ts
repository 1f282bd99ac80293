import { CONCURRENT_REQUESTS, mapConcurrent } from '../../core/async/concurrency.js';
import { lambdaNamePrefix, manifestKey, removalRecordKey } from '../../core/aws/resource-names.js';
import { describeVersion } from '../../core/deploy/installation.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { RemovedObject } from '../../core/removal/plan.js';
import { SECOND } from '../../core/units.js';
import { revokeAccess } from '../invoke-access/revoke-access.js';
import { type RemovalRecord, writeRemovalRecord } from '../removal-record.js';
import type { RemovedVersion } from './find-versions.js';
import type { RemoveRun } from './remove-run.js';

/** Lambda allows 15 changes of functions per second in an account. */
const CONCURRENT_FUNCTIONS = 5;
/** The keys of assets that are removed between two safe points. */
const ASSETS_PER_STEP = 1000;
/** When to look again for log groups: functions that still ran when they were deleted create them again. */
const LAST_EVENTS_AFTER_MS = 10 * SECOND;

/** What S3 did not remove. */
export interface AppliedRemoval {
  /** The keys of objects of which versions are left. */
  readonly left: readonly string[];
}

/**
 * Applies a plan, in an order that first keeps the server from using the app and then removes it. Everything may be gone
 * already, so that a removal that was stopped can be repeated.
 *
 * @throws AppsctlError INTERRUPTED with what is done, once the signal is aborted; CONFLICT when a version was deployed
 *   again since the plan was made; the errors of the ports
 */
export async function applyRemoval(run: RemoveRun): Promise<AppliedRemoval> {
  try {
    await writeRecords(run);
    await uninstall(run);
    run.throwIfAborted();
    await revoke(run);
    run.throwIfAborted();
    const left = await removeObjects(run, 'manifest', run.state.plan.manifests);
    await deleteFunctions(run);
    left.push(...(await removeObjects(run, 'asset', run.state.plan.assets)));
    await removeLogGroups(run);
    await removeRecords(run, run.state.versions);
    return { left };
  } catch (error) {
    // If nothing has been removed, the versions can be deployed again.
    if (!run.hasChanged) await removeRecords(run, newRecords(run)).catch(() => undefined);
    throw run.explain(error);
  }
}

/** The versions whose removal begins now. */
function newRecords({ state }: RemoveRun): readonly RemovedVersion[] {
  return state.versions.filter(({ isUnfinished }) => !isUnfinished);
}

/** Keeps deployments of the same versions away. */
async function writeRecords(run: RemoveRun): Promise<void> {
  run.throwIfAborted();
  await mapConcurrent(run.state.versions, CONCURRENT_REQUESTS, (version) =>
    writeRemovalRecord(run.ports.bucket, toRecord(run, version)),
  );
  // A deployment that has not seen the record has written its manifest before.
  await mapConcurrent(newRecords(run), CONCURRENT_REQUESTS, (version) => checkNotDeployed(run, version));
}

function toRecord({ state }: RemoveRun, { version, functions }: RemovedVersion): RemovalRecord {
  const { appId, functions: planned } = state.plan;
  const prefix = lambdaNamePrefix(manifestKey(appId, version)) ?? '';
  const names = planned
    .map(({ name }) => name)
    .filter((name) => functions.includes(name) || name.startsWith(prefix));
  return { appId, version, functions: names };
}

/** @throws AppsctlError CONFLICT when a version has another manifest than it had when the plan was made */
async function checkNotDeployed(
  { state, ports }: RemoveRun,
  { version, etag }: RemovedVersion,
): Promise<void> {
  const { appId } = state.plan;
  const key = manifestKey(appId, version);
  const stored = (await ports.bucket.list(key)).find((object) => object.key === key);
  if (stored === undefined || stored.etag === etag) return;
  const message = `${describeVersion(version)} of app ${appId} was deployed again meanwhile`;
  throw new AppsctlError('CONFLICT', message, { hint: ({ again }) => `${again} to remove it` });
}

async function uninstall(run: RemoveRun): Promise<void> {
  const { plan } = run.state;
  if (plan.uninstall === undefined) return;
  try {
    await run.ports.mattermost?.uninstall(plan.appId);
  } catch (error) {
    if (!AppsctlError.is(error) || !['NOT_FOUND', 'CONFLICT'].includes(error.code)) throw error;
    if (error.code === 'CONFLICT') throw objectionError(error);
  }
  run.report('installation', plan.appId);
}

/** An app may object to be uninstalled; a removal does not ignore that. */
function objectionError({ message, code }: AppsctlError): AppsctlError {
  const hint = 'do what the app asks for, or first uninstall it in Mattermost against its objection';
  return new AppsctlError(code, message, { hint });
}

async function revoke(run: RemoveRun): Promise<void> {
  const { state, settings, ports } = run;
  const { account, bucket } = ports;
  await revokeAccess(
    {
      ports,
      lock: { ...ports, store: bucket },
      location: { account, policyName: settings.policyName },
      revocation: state.revocation,
      report: (name, outcome) => run.report('invoke policy', name, outcome),
    },
    state.revocationPlan,
  );
}

async function removeObjects(
  run: RemoveRun,
  kind: 'manifest' | 'asset',
  objects: readonly RemovedObject[],
): Promise<string[]> {
  const left: string[] = [];
  for (let start = 0; start < objects.length; start += ASSETS_PER_STEP) {
    run.throwIfAborted();
    const step = objects.slice(start, start + ASSETS_PER_STEP);
    left.push(...(await run.ports.bucket.removeVersions(step.flatMap(({ versions }) => versions))));
    for (const { key } of step) run.report(kind, key);
  }
  return left;
}

async function deleteFunctions(run: RemoveRun): Promise<void> {
  await mapConcurrent(run.state.plan.functions, CONCURRENT_FUNCTIONS, async ({ name, isFound }) => {
    run.throwIfAborted();
    const isDeleted = await run.ports.functions.delete(name);
    if (isDeleted || isFound) run.report('function', name);
  });
}

async function removeLogGroups(run: RemoveRun): Promise<void> {
  const { ports, state } = run;
  const { logGroups } = state.plan;
  if (logGroups.length === 0) return;
  const logs = await ports.openLogs();
  for (const group of logGroups) {
    run.throwIfAborted();
    if (await logs.remove(group)) run.report('log group', group);
  }
  ports.onEvent({ type: 'waiting', reason: 'for functions that still ran to write their last events' });
  await ports.clock.sleep(LAST_EVENTS_AFTER_MS, ports.signal);
  for (const group of logGroups) {
    run.throwIfAborted();
    await logs.remove(group);
  }
}

async function removeRecords(
  { state, ports }: RemoveRun,
  versions: readonly RemovedVersion[],
): Promise<void> {
  await mapConcurrent(versions, CONCURRENT_REQUESTS, ({ version }) =>
    ports.bucket.remove(removalRecordKey(state.plan.appId, version)),
  );
}
