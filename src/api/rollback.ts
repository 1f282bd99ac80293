import { type Change, toRollbackChanges } from '../core/deploy/changes.js';
import type { InstallationStatus } from '../core/deploy/installation.js';
import { installationStatus } from '../core/deploy/mattermost-plan.js';
import { parseAppReference } from '../core/manifest/app-reference.js';
import type { RollbackPorts } from '../operations/rollback/ports.js';
import type { PreparedRollback } from '../operations/rollback/rollback.js';
import { findAccount, openBucket, openFunctions, openIam, openMattermost } from './adapters.js';
import type { App } from './deploy.js';
import { type NameOptions, resolveNames } from './name-options.js';
import {
  checkMattermostOptions,
  type MattermostOptions,
  type NetworkContext,
  type NetworkOptions,
  resolveNetwork,
} from './network-options.js';

/** Options of {@link planRollback}. */
export interface RollbackPlanOptions extends NetworkOptions, Pick<NameOptions, 'policyName'> {
  /** The Mattermost server that lists the app. */
  readonly mattermost: MattermostOptions;
  /**
   * Whether the app is installed in Mattermost once it is listed.
   *
   * @default false: an installed app keeps its version until it is installed again
   */
  readonly install?: boolean | undefined;
}

/** Options of {@link rollbackApp}. */
export interface RollbackOptions extends RollbackPlanOptions {
  /** Called with the plan before anything is changed; what it throws ends the rollback. */
  readonly beforeChanges?: ((plan: RollbackPlan) => void | Promise<void>) | undefined;
}

/** What a rollback would do. */
export interface RollbackPlan {
  readonly app: App;
  /** Everything that a rollback creates, updates or leaves unchanged, in its order. */
  readonly changes: readonly Change[];
}

/** The outcome of a rollback. */
export interface RollbackResult extends RollbackPlan {
  /** How the app is installed in Mattermost. */
  readonly installation: InstallationStatus;
}

/**
 * Plans to list a version of an app that is deployed, usually an earlier one. Reads its manifest from the bucket and checks
 * that its functions and its icon exist. Changes nothing.
 *
 * @param appId the ID of the app
 * @param version the version to list
 * @throws AppsctlError NOT_FOUND when the version is not deployed, CONFLICT when it is not complete on AWS or is being
 *   removed, LIMIT when the invoke policies are full; ACCESS_DENIED, CREDENTIALS, NETWORK and SERVICE for requests that
 *   failed, USAGE for an invalid option, INTERRUPTED
 */
export async function planRollback(
  appId: string,
  version: string,
  options: RollbackPlanOptions,
): Promise<RollbackPlan> {
  return describe(await prepare(appId, version, options));
}

/**
 * Lists a version of an app that is deployed, and installs it if that is asked for, after the checks of
 * {@link planRollback}. Allows the server to invoke its functions, if it is not allowed to. What is as it should be is not
 * touched.
 *
 * @throws AppsctlError as {@link planRollback} does, also after a change
 */
export async function rollbackApp(
  appId: string,
  version: string,
  options: RollbackOptions,
): Promise<RollbackResult> {
  const prepared = await prepare(appId, version, options);
  const plan = describe(prepared);
  await prepared.apply(() => options.beforeChanges?.(plan));
  return { ...plan, installation: installationStatus(prepared.plan) };
}

function describe({ manifest, plan, policyChange, settings }: PreparedRollback): RollbackPlan {
  const { app_id: id, version, display_name: displayName } = manifest;
  return {
    app: { id, version, displayName },
    changes: toRollbackChanges(id, settings.policyName, policyChange, plan),
  };
}

async function prepare(
  appId: string,
  version: string,
  options: RollbackPlanOptions,
): Promise<PreparedRollback> {
  const context = await resolveNetwork(options);
  const { install = false, mattermost } = options;
  // Neither is empty.
  parseAppReference(`${appId}@${version}`);
  checkMattermostOptions(mattermost);
  const { policyName } = resolveNames(options, context.vocabulary);
  const settings = { install, region: context.connection.region, policyName };
  const { prepareRollback } = await import('../operations/rollback/rollback.js');
  return prepareRollback(appId, version, settings, await openPorts(context, mattermost));
}

async function openPorts(context: NetworkContext, server: MattermostOptions): Promise<RollbackPorts> {
  const { process, clock, signal, onEvent, vocabulary } = context;
  const account = await findAccount(context);
  const [{ policies }, functions, bucket, mattermost] = await Promise.all([
    openIam(context),
    openFunctions(context),
    openBucket(context, account.accountId),
    openMattermost(context, server),
  ]);
  return {
    ...{ account, policies, functions, bucket, mattermost },
    ...{ clock, process, signal, onEvent, vocabulary },
  };
}
