import type { DeployerOptions, MetricsOptions } from '../../api/deployer-options.js';
import type { VpcSettings } from '../../core/deploy/function-spec.js';
import { SETTING_RULES } from '../../core/deploy/setting-rules.js';
import { pushTarget } from '../../core/deployer/pushgateway-url.js';
import { isAppPattern } from '../../core/deployer/queue.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { isHttpUrl, isUnencrypted } from '../../core/http-url.js';
import { readNetworkOptions } from './aws-options.js';
import {
  BUNDLE_VARIABLES,
  describedVariablesHelp,
  OPTIONAL_BUNDLE_VARIABLES,
  readBundles,
  readEnvironment,
} from './bundle-bucket-options.js';
import type { CommandContext } from './context.js';
import type { DeployerFlags } from './deployer-flags.js';
import {
  ACCESS_KEYS,
  findList,
  findVariable,
  invalidVariable,
  MATTERMOST_VARIABLES,
  type Variable,
} from './environment.js';
import { toSharedFunctionOptions } from './function-flags.js';
import { findMattermostOptions } from './mattermost-options.js';
import { readOldVariables } from './old-variables.js';

/** What commands that deploy can do without. */
const OPTIONAL = [
  ...OPTIONAL_BUNDLE_VARIABLES,
  'MM_APPS_ALLOW_APPS',
  'MM_APPS_EXECUTE_ROLE',
  'MM_APPS_INVOKE_POLICY',
  'MM_APPS_SUBNET_IDS',
  'MM_APPS_SECURITY_GROUP_IDS',
  ...MATTERMOST_VARIABLES,
  'MM_APPS_NOTIFICATIONS_WEBHOOK',
  'MM_APPS_ALERTS_WEBHOOK',
  'MM_APPS_PUSHGATEWAY_URL',
] as const satisfies readonly Variable[];

/** The part of the help of commands that deploy about environment variables. */
export function deployerHelp(): string {
  const required = [
    ...BUNDLE_VARIABLES,
    'MM_APPS_S3_BUCKET',
    'MM_APPS_AWS_REGION',
    ...ACCESS_KEYS.deploy,
  ] as const;
  return describedVariablesHelp(required, OPTIONAL);
}

/** What a command deploys, and whether it only plans it, because an old variable says so. */
export interface DeployerInput {
  readonly options: DeployerOptions;
  readonly isPlanOnly: boolean;
}

/**
 * Reads what a command deploys, from the flags and the environment.
 *
 * @throws AppsctlError MISSING_VARIABLE naming every variable that is not set, INVALID_VARIABLE for one that is not valid
 */
export function readDeployerOptions(given: CommandContext, flags: DeployerFlags): DeployerInput {
  const used = [...BUNDLE_VARIABLES, 'MM_APPS_S3_BUCKET', ...OPTIONAL, 'TMPDIR', 'TerraformApply'] as const;
  const { env, isPlanOnly } = readOldVariables(given, used, given.note);
  const context = { ...given, env };
  const network = readNetworkOptions(context, flags, 'deploy', BUNDLE_VARIABLES);
  const mattermost = findMattermostOptions(context, flags);
  const environment = readEnvironment(context);
  const bundles = readBundles(context, flags);
  const { update = false, install = false, migrateRuntimes = false, summary = false } = flags;
  if (install && mattermost === undefined) {
    throw new AppsctlError('USAGE', '--install requires a Mattermost server', {
      hint: `set ${MATTERMOST_VARIABLES.join(' and ')}`,
    });
  }
  const options = {
    ...network,
    ...{ environment, bundles },
    onEvent: context.onEvent,
    ...{ mattermost, update, install, migrateRuntimes, summary },
    allowedApps: flags.allowApp ?? readAllowedApps(context),
    functions: { ...toSharedFunctionOptions(flags), vpc: readVpc(context) },
    policyName: flags.policy ?? findVariable(context, 'MM_APPS_INVOKE_POLICY'),
    executionRoleName: flags.executeRole ?? findVariable(context, 'MM_APPS_EXECUTE_ROLE'),
    webhooks: {
      notifications: readWebhook(context, 'MM_APPS_NOTIFICATIONS_WEBHOOK'),
      alerts: readWebhook(context, 'MM_APPS_ALERTS_WEBHOOK'),
    },
    metrics: readMetrics(context, flags, environment),
    temporaryFolder: env['TMPDIR'] || undefined,
    maxDuration: flags.maxDuration,
    parallelBundles: flags.parallelBundles,
    beforeChanges: () => context.beginChanges(),
  };
  if (options.allowedApps === undefined)
    context.onEvent({ type: 'warning', message: anyoneMayDeploy(options) });
  return { options, isPlanOnly };
}

function anyoneMayDeploy({ bundles }: Pick<DeployerOptions, 'bundles'>): string {
  return `anyone who can upload to bucket ${bundles.name} can run code in the name of any app: limit it with --allow-app or MM_APPS_ALLOW_APPS`;
}

type Environment = Pick<CommandContext, 'env'>;

/**
 * Reads which apps may be deployed.
 *
 * @returns undefined for all
 * @throws AppsctlError INVALID_VARIABLE
 */
export function readAllowedApps(context: Environment): string[] | undefined {
  const patterns = findList(context, 'MM_APPS_ALLOW_APPS');
  const invalid = patterns?.find((pattern) => !isAppPattern(pattern));
  if (invalid === undefined) return patterns;
  const hint = 'write IDs with commas between them, such as com.example.a,com.example.b-*';
  throw invalidVariable('MM_APPS_ALLOW_APPS', invalid, 'the ID of an app, in which * is any text', hint);
}

/** The URL is never repeated: whoever has it can post there. */
function readWebhook(
  context: Environment,
  name: 'MM_APPS_NOTIFICATIONS_WEBHOOK' | 'MM_APPS_ALERTS_WEBHOOK',
): string | undefined {
  const url = findVariable(context, name);
  if (url === undefined || (isHttpUrl(url) && !isUnencrypted(url))) return url;
  throw new AppsctlError('INVALID_VARIABLE', `${name} is not the https URL of an incoming webhook`, {
    hint: 'copy the URL from Integrations, Incoming Webhooks in Mattermost',
  });
}

/** The URL of the Pushgateway is never repeated: it may have a password. */
function readMetrics(
  context: Pick<CommandContext, 'env' | 'print'>,
  { metricsFile, emf = false }: DeployerFlags,
  environment: string,
): MetricsOptions {
  const pushgateway = findVariable(context, 'MM_APPS_PUSHGATEWAY_URL');
  if (pushgateway !== undefined && pushTarget(pushgateway, environment) === undefined) {
    throw new AppsctlError(
      'INVALID_VARIABLE',
      'MM_APPS_PUSHGATEWAY_URL is not the http(s) URL of a Pushgateway',
      {
        hint: 'write it as https://USER:PASSWORD@HOST:9091, or without user and password',
      },
    );
  }
  const writeEmf = (lines: readonly string[]): void => {
    // Output that cannot be written is reported when the program ends.
    context.print({ type: 'metrics', lines }).catch(() => {});
  };
  return { file: metricsFile, pushgateway, writeEmf: emf ? writeEmf : undefined };
}

function readVpc(context: Environment): VpcSettings | undefined {
  const names = ['MM_APPS_SUBNET_IDS', 'MM_APPS_SECURITY_GROUP_IDS'] as const;
  const [subnets, securityGroups] = names.map((name) => findList(context, name));
  if (subnets === undefined && securityGroups === undefined) return undefined;
  if (subnets === undefined || securityGroups === undefined) {
    const [missing, set] = subnets === undefined ? names : [names[1], names[0]];
    throw new AppsctlError('MISSING_VARIABLE', `${set} is set, and ${missing} is not`, {
      hint: 'functions in a VPC need both',
    });
  }
  const vpc = { subnets, securityGroups };
  const problem = SETTING_RULES.vpc(vpc);
  if (problem === undefined) return vpc;
  throw new AppsctlError('INVALID_VARIABLE', `${names.join(' and ')}: ${problem}`);
}
