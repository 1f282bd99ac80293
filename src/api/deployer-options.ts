import { isWithin } from '../core/aws/function-limits.js';
import { isAccountId, isBucketName, isRoleArn } from '../core/aws/valid-names.js';
import { ENVIRONMENT_NAME_FORM, isEnvironmentName } from '../core/deployer/bundle-state.js';
import type { DeployerListener } from '../core/deployer/event.js';
import { DEFAULT_MAX_DURATION_MS, isPeriod, PERIOD_FORM } from '../core/deployer/period.js';
import { isAppPattern, PARALLEL_BUNDLES } from '../core/deployer/queue.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { DeployerSettings } from '../operations/deployer/settings.js';
import { invalidOption } from './connection.js';
import type { PlanOptions } from './deploy-options.js';
import type { AwsOptions, ConnectionOptions, NetworkOptions, WebhookUrls } from './network-options.js';

/** The bucket to which bundles are uploaded. */
export interface BundleBucketOptions {
  readonly name: string;
  /**
   * Only bundles whose keys begin with it are deployed.
   *
   * @default all
   */
  readonly prefix?: string | undefined;
  /**
   * The role that reads and tags the bundles, in another account for example.
   *
   * @default the credentials of the deployer
   */
  readonly roleArn?: string | undefined;
  /** The external ID that the role requires. */
  readonly externalId?: string | undefined;
  /**
   * The ID of the account that the bucket must belong to.
   *
   * @default that of the role; without a role that of the credentials
   */
  readonly owner?: string | undefined;
}

/** Options of every function of the deployer. */
export interface DeployerBaseOptions extends ConnectionOptions {
  /** Called with progress, waits, findings, warnings, and what has become of bundles; must not throw. */
  readonly onEvent?: DeployerListener | undefined;
  /** Several deployers can deploy the same bundles to different environments: 1 to 40 characters of `A-Z a-z 0-9 . _ -`. */
  readonly environment: string;
  readonly bundles: BundleBucketOptions;
}

/** Options of `planBundles`. */
export interface DeployerPlanOptions
  extends DeployerBaseOptions,
    NetworkOptions,
    Pick<
      PlanOptions,
      | 'mattermost'
      | 'functions'
      | 'freshSettings'
      | 'update'
      | 'install'
      | 'migrateRuntimes'
      | 'policyName'
      | 'executionRoleName'
    > {
  readonly aws: AwsOptions;
  readonly onEvent?: DeployerListener | undefined;
  /**
   * The IDs of the apps that may be deployed, in which `*` is any text.
   *
   * @default all
   */
  readonly allowedApps?: readonly string[] | undefined;
  /**
   * The keys of bundles that are tried whatever has become of them before.
   *
   * @default []
   */
  readonly force?: readonly string[] | undefined;
  /**
   * The folder of temporary files.
   *
   * @default that of the system
   */
  readonly temporaryFolder?: string | undefined;
}

/** Options of `runDeployer`. */
export interface DeployerOptions extends DeployerPlanOptions {
  /**
   * No bundle is begun later than this: milliseconds from the beginning of the pass, from 10 seconds to a day.
   *
   * @default 50 minutes
   */
  readonly maxDuration?: number | undefined;
  /**
   * How many bundles are deployed at a time: 1 to 10.
   *
   * @default 1
   */
  readonly parallelBundles?: number | undefined;
  /**
   * Whether people get one message for each pass instead of one for each bundle.
   *
   * @default false
   */
  readonly summary?: boolean | undefined;
  /**
   * What is told to people in channels of Mattermost. A message that cannot be sent is a warning.
   *
   * @default nothing
   */
  readonly webhooks?: WebhookUrls | undefined;
  /**
   * Where the metrics of passes go.
   *
   * @default nowhere
   */
  readonly metrics?: MetricsOptions | undefined;
  /** Called before anything is changed; what it throws ends the pass. */
  readonly beforeChanges?: (() => void) | undefined;
}

/** Where the metrics of a deployer go. */
export interface MetricsOptions {
  /** A file in the text format of Prometheus, such as for the textfile collector of node_exporter. */
  readonly file?: string | undefined;
  /** The http(s) URL of a Pushgateway; it may have a user and a password. What cannot be sent is a warning. */
  readonly pushgateway?: string | undefined;
  /** Gets lines in the embedded metric format of CloudWatch. */
  readonly writeEmf?: ((lines: readonly string[]) => void) | undefined;
}

/** @throws AppsctlError USAGE */
export function toDeployerSettings(options: DeployerOptions): DeployerSettings {
  checkBaseOptions(options);
  const {
    parallelBundles = 1,
    maxDuration: maxDurationMs = DEFAULT_MAX_DURATION_MS,
    summary = false,
  } = options;
  const { min, max } = PARALLEL_BUNDLES;
  if (!isWithin(parallelBundles, PARALLEL_BUNDLES)) {
    throw invalidOption('parallelBundles', String(parallelBundles), `an integer from ${min} to ${max}`);
  }
  if (!isPeriod(maxDurationMs)) throw invalidOption('maxDuration', String(maxDurationMs), PERIOD_FORM);
  checkAllowedApps(options.allowedApps);
  return {
    bucket: options.bundles.name,
    environment: options.environment,
    prefix: options.bundles.prefix ?? '',
    allowedApps: options.allowedApps,
    forcedKeys: new Set(options.force),
    temporaryFolder: options.temporaryFolder,
    ...{ maxDurationMs, parallelBundles, summary },
  };
}

/** @throws AppsctlError USAGE */
export function checkBaseOptions({ environment, bundles }: DeployerBaseOptions): void {
  if (!isEnvironmentName(environment)) {
    throw invalidOption('environment', environment, ENVIRONMENT_NAME_FORM);
  }
  checkBundleBucket(bundles);
}

/** @throws AppsctlError USAGE */
export function checkAllowedApps(patterns: DeployerPlanOptions['allowedApps']): void {
  for (const pattern of patterns ?? []) {
    if (!isAppPattern(pattern))
      throw invalidOption('allowedApps', pattern, 'the ID of an app, in which * is any text');
  }
}

/** @throws AppsctlError USAGE */
export function checkBundleBucket({ name, roleArn, externalId, owner }: BundleBucketOptions): void {
  if (!isBucketName(name)) throw invalidOption('bundles.name', name, 'a valid S3 bucket name');
  if (roleArn !== undefined && !isRoleArn(roleArn)) {
    throw invalidOption('bundles.roleArn', roleArn, 'the ARN of a role');
  }
  if (externalId !== undefined && roleArn === undefined) {
    throw new AppsctlError('USAGE', 'bundles.externalId requires bundles.roleArn, the role that requires it');
  }
  if (owner !== undefined && !isAccountId(owner)) {
    throw invalidOption('bundles.owner', owner, 'the ID of an AWS account: 12 digits');
  }
}
