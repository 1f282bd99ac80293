import { throwIfAborted } from '../../core/async/clock.js';
import { settleAll } from '../../core/async/concurrency.js';
import { functionArn } from '../../core/aws/arn.js';
import type { Action } from '../../core/deploy/action.js';
import {
  installationWarnings,
  type MattermostPlan,
  planMattermost,
} from '../../core/deploy/mattermost-plan.js';
import { lambdaNames } from '../../core/deploy/plan.js';
import type { Outcome, ResourceKind } from '../../core/diagnostics/event.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import type { PolicyChange } from '../../core/policy/invoke-policies.js';
import { findDeployedApp } from '../inventory/find-app.js';
import { policyLockKey } from '../invoke-access/invoke-access.js';
import type { InvokePorts, InvokeRequest } from '../invoke-access/invoke-request.js';
import { grantInvokeAccess, openInvokeAccess } from '../invoke-access/open-invoke-access.js';
import { type InvokePlan, planInvokeAccess, readFirstPolicy } from '../invoke-access/plan-invoke-access.js';
import type { LockObject } from '../locks/s3-lock.js';
import { publish } from '../publish.js';
import { checkNotBeingRemoved } from '../removal-record.js';
import { checkComplete } from './check-complete.js';
import type { RollbackPorts, RollbackSettings } from './ports.js';

/** A rollback that is ready to be applied: everything has been checked and planned, and nothing changed. */
export interface PreparedRollback {
  readonly manifest: Manifest;
  readonly settings: RollbackSettings;
  readonly plan: MattermostPlan;
  /** Undefined when the server is already allowed to invoke the functions. */
  readonly policyChange: PolicyChange | undefined;
  /**
   * Carries out the plan.
   *
   * @param beforeChanges called before anything is changed; what it throws ends the rollback
   */
  apply(beforeChanges?: () => void | Promise<void>): Promise<void>;
}

/**
 * Reads the manifest of a deployed version of an app, checks that everything that it needs is on AWS, and plans how
 * Mattermost lists it. Changes nothing.
 *
 * @throws AppsctlError NOT_FOUND when the version is not deployed, CONFLICT when it is not complete or is being removed;
 *   the errors of the ports
 */
export async function prepareRollback(
  appId: string,
  version: string,
  settings: RollbackSettings,
  ports: RollbackPorts,
): Promise<PreparedRollback> {
  const { account, bucket, mattermost, onEvent, vocabulary } = ports;
  onEvent({ type: 'account', accountId: account.accountId, region: settings.region });
  const [{ manifest, manifestKey }, , listing, installation] = await settleAll(
    findDeployedApp({ id: appId, version }, bucket),
    mattermost.checkAccess(),
    mattermost.findListing(appId),
    mattermost.findInstallation(appId),
  );
  const invokePorts = toInvokePorts(ports);
  const { policyName, region } = settings;
  const functionArns = lambdaNames(manifest).map((name) => functionArn(account, region, name));
  const request: InvokeRequest = { account, region, policyName, functionArns, manifestKey };
  const [, , invokePlan, lockObject] = await settleAll(
    checkNotBeingRemoved(bucket, manifest),
    checkComplete(manifest, ports),
    planInvokeAccess(invokePorts, request, readFirstPolicy(ports, { account, policyName })),
    bucket.getWithEtag(policyLockKey(policyName)),
  );
  const plan = planMattermost(manifest, settings.install, { listing, installation });
  for (const message of installationWarnings(manifest, plan, mattermost.siteUrl, vocabulary)) {
    onEvent({ type: 'warning', message });
  }
  const run: RollbackRun = { manifest, plan, ports, invokePorts, request, invokePlan, lockObject };
  return {
    ...{ manifest, settings, plan },
    policyChange: invokePlan.change,
    async apply(beforeChanges) {
      await beforeChanges?.();
      await apply(run);
    },
  };
}

function toInvokePorts({ policies, functions, bucket, clock, signal, onEvent }: RollbackPorts): InvokePorts {
  return {
    ...{ policies, clock, signal, onEvent },
    functions: Promise.resolve(functions),
    objects: Promise.resolve(bucket),
  };
}

interface RollbackRun {
  readonly manifest: Manifest;
  readonly plan: MattermostPlan;
  readonly ports: RollbackPorts;
  readonly invokePorts: InvokePorts;
  readonly request: InvokeRequest;
  readonly invokePlan: InvokePlan;
  readonly lockObject: LockObject | undefined;
}

/** Allows the server to invoke the functions before it lists the app. */
async function apply(run: RollbackRun): Promise<void> {
  const { manifest, plan, ports, invokePorts, request, invokePlan, lockObject } = run;
  const report = (kind: ResourceKind, name: string, outcome: Outcome): void =>
    ports.onEvent({ type: 'resource', kind, name, outcome });
  const context = {
    ...{ ports: invokePorts, request },
    lock: { ...invokePorts, store: ports.bucket, process: ports.process },
    report: (name: string, outcome: Outcome) => report('invoke policy', name, outcome),
  };
  const access = await openInvokeAccess(context, invokePlan, lockObject, false);
  await grantInvokeAccess(access);
  const actions: readonly (Action | undefined)[] = [plan.listing, plan.installation];
  const isListed = actions.every((action) => action === undefined || action === 'unchanged');
  await settleAll(
    access.release(),
    // A removal may have begun since the version was checked.
    isListed ? Promise.resolve() : checkNotBeingRemoved(ports.bucket, manifest),
  );
  const { mattermost, signal } = ports;
  await publish({ mattermost, throwIfAborted: () => throwIfAborted(signal), report }, manifest, plan);
}
