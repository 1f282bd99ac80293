import { AppsctlError } from '../core/diagnostics/error.js';
import { parseAppReference } from '../core/manifest/app-reference.js';
import { type RemovalStep, toSteps } from '../core/removal/plan.js';
import type { RemovePorts } from '../operations/remove/ports.js';
import type { PreparedRemoval } from '../operations/remove/remove.js';
import type { RemoveSettings } from '../operations/remove/settings.js';
import {
  findAccount,
  openBucket,
  openFunctions,
  openIamRemoval,
  openLogs,
  openMattermost,
} from './adapters.js';
import { type NameOptions, resolveNames } from './name-options.js';
import {
  checkMattermostOptions,
  type MattermostOptions,
  type NetworkContext,
  type NetworkOptions,
  resolveNetwork,
} from './network-options.js';

export type { RemovalStep };

/** Options of {@link planRemoval}. */
export interface RemovePlanOptions extends NetworkOptions, Pick<NameOptions, 'policyName'> {
  /**
   * The Mattermost server that may have installed the app.
   *
   * @default none: a warning says that this is not known
   */
  readonly mattermost?: MattermostOptions | undefined;
  /**
   * Whether to remove all versions of the app.
   *
   * @default false
   */
  readonly allVersions?: boolean | undefined;
  /**
   * How many versions stay, at least 1: those that were deployed last. All others are removed.
   *
   * @default undefined: one version is removed
   */
  readonly keep?: number | undefined;
  /**
   * Whether to remove the log groups of the functions, with all that they have logged.
   *
   * @default false
   */
  readonly logs?: boolean | undefined;
  /**
   * Whether to uninstall the app in Mattermost if a removed version is installed; without it, that is an error of
   * `removeApp`.
   *
   * @default false
   */
  readonly uninstall?: boolean | undefined;
}

/** Options of {@link removeApp}. */
export interface RemoveOptions extends RemovePlanOptions {
  /** Called with the plan before anything is removed; what it throws ends the removal. Not called if nothing is removed. */
  readonly beforeChanges?: ((plan: AppRemoval) => void | Promise<void>) | undefined;
}

/** What a removal would do. */
export interface AppRemoval {
  readonly appId: string;
  /** The versions of the app that are removed. */
  readonly versions: readonly string[];
  /** The versions that stay, latest first. */
  readonly remaining: readonly string[];
  /** Everything that is removed, changed or kept, in the order of a removal. */
  readonly steps: readonly RemovalStep[];
  /** The removed version that Mattermost lists, and will list afterwards too; undefined if it lists none of them. */
  readonly listed: string | undefined;
}

/** The outcome of a removal. */
export interface RemoveResult extends AppRemoval {
  /** The keys of objects in a bucket with versioning of which S3 refused to remove all versions. */
  readonly left: readonly string[];
}

/**
 * Plans the removal of versions of an app: finds their functions, assets and manifests, and what the invoke policies allow
 * because of them. Changes nothing.
 *
 * @param app the ID of the app, or its ID and the version to remove, as `com.example.app@v1.2.0`
 * @throws AppsctlError NOT_FOUND when nothing of it is deployed, USAGE for an invalid option, and when the app has several
 *   versions and none is named; ACCESS_DENIED, CREDENTIALS, NETWORK and SERVICE for requests that failed, INTERRUPTED
 */
export async function planRemoval(app: string, options: RemovePlanOptions): Promise<AppRemoval> {
  return describe(await prepare(app, options));
}

/**
 * Removes versions of an app, in this order: the installation in Mattermost, the permissions of the server, the manifests,
 * the functions, the assets, and the log groups if that is asked for. What other versions and apps need stays. A removal
 * that was interrupted or has failed can be repeated with the same options.
 *
 * @param app as for {@link planRemoval}
 * @throws AppsctlError as {@link planRemoval} does, and CONFLICT when a removed version is installed and `uninstall` is not
 *   set, before anything is removed; CONFLICT, the errors of requests and INTERRUPTED also after that
 */
export async function removeApp(app: string, options: RemoveOptions): Promise<RemoveResult> {
  const prepared = await prepare(app, options);
  const removal = describe(prepared);
  const { left } = await prepared.apply(() => options.beforeChanges?.(removal));
  return { ...removal, left };
}

function describe({ plan, listed }: PreparedRemoval): AppRemoval {
  const { appId, versions, remaining } = plan;
  const isLost = listed !== undefined && versions.includes(listed);
  return { appId, versions, remaining, steps: toSteps(plan), listed: isLost ? listed : undefined };
}

async function prepare(app: string, options: RemovePlanOptions): Promise<PreparedRemoval> {
  const reference = parseAppReference(app);
  const context = await resolveNetwork(options);
  const settings = toSettings(reference.version, options, context);
  const { prepareRemoval } = await import('../operations/remove/remove.js');
  return prepareRemoval(reference, settings, await openPorts(context, options));
}

/** @throws AppsctlError USAGE */
function toSettings(
  version: string | undefined,
  options: RemovePlanOptions,
  { connection, vocabulary }: NetworkContext,
): RemoveSettings {
  const { allVersions = false, keep, logs = false, uninstall = false, mattermost } = options;
  if (mattermost !== undefined) checkMattermostOptions(mattermost);
  const { policyName } = resolveNames(options, vocabulary);
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1)) {
    throw new AppsctlError('USAGE', `keep: ${keep} is not a whole number of at least 1`, {
      hint: `to keep none, use ${vocabulary.allVersions}`,
    });
  }
  if ([version !== undefined, allVersions, keep !== undefined].filter(Boolean).length > 1) {
    throw new AppsctlError(
      'USAGE',
      'a version, all versions and a number of versions to keep exclude each other',
    );
  }
  if (uninstall && mattermost === undefined) {
    throw new AppsctlError('USAGE', 'uninstall requires mattermost, the server to uninstall the app in');
  }
  return { allVersions, keep, logs, uninstall, region: connection.region, policyName };
}

async function openPorts(context: NetworkContext, { mattermost }: RemovePlanOptions): Promise<RemovePorts> {
  const { process, clock, signal, onEvent, vocabulary } = context;
  const account = await findAccount(context);
  const [{ iam: iamRemoval, policies }, functions, bucket, server] = await Promise.all([
    openIamRemoval(context),
    openFunctions(context),
    openBucket(context, account.accountId),
    mattermost && openMattermost(context, mattermost),
  ]);
  return {
    ...{ account, policies, iamRemoval, functions, bucket, mattermost: server },
    openLogs: () => openLogs(context),
    ...{ clock, process, signal, onEvent, vocabulary },
  };
}
