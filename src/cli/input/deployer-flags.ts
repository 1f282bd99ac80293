import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_NAMES } from '../../core/defaults.js';
import { PERIOD_FORM, parsePeriod } from '../../core/deployer/period.js';
import { isAppPattern, PARALLEL_BUNDLES } from '../../core/deployer/queue.js';
import { LOG_FORMATS, type LogFormat } from '../render/log.js';
import { type AwsFlags, addAwsFlags } from './aws-options.js';
import { addValue } from './checked-value.js';
import type { CommandContext } from './context.js';
import { addSharedFunctionFlags, integer, type SharedFunctionFlags } from './function-flags.js';
import { addMattermostFlags, type MattermostFlags } from './mattermost-options.js';

/** The flags of every command about the bundles of a bucket. */
export interface BundleBucketFlags extends AwsFlags {
  bundlePrefix?: string;
}

/** The flags of commands that deploy them. */
export interface DeployerFlags extends BundleBucketFlags, MattermostFlags, SharedFunctionFlags {
  allowApp?: string[];
  update?: boolean;
  install?: boolean;
  migrateRuntimes?: boolean;
  policy?: string;
  executeRole?: string;
  maxDuration?: number;
  parallelBundles?: number;
  summary?: boolean;
  logFormat?: LogFormat;
  metricsFile?: string;
  emf?: boolean;
}

/** Adds the flags to a command. */
export function addBundleBucketFlags(command: Command): Command {
  return addAwsFlags(
    command.option(
      '--bundle-prefix <prefix>',
      'only bundles whose keys begin with it (default: that of MM_APPS_BUNDLE_PREFIX)',
    ),
  );
}

/** Adds the flags to a command. */
export function addDeployerFlags(command: Command, context: Pick<CommandContext, 'setLogFormat'>): Command {
  addSharedFunctionFlags(
    addAllowAppFlag(command)
      .option('--update', 'replace functions, assets and manifests of the same version that differ')
      .option('--install', 'install the apps in Mattermost once they are listed')
      .option('--migrate-runtimes', 'run functions of the retired runtime go1.x on provided.al2023'),
  )
    .option(
      '--policy <name>',
      `the policy that allows the server to invoke functions (default: that of MM_APPS_INVOKE_POLICY, or ${DEFAULT_NAMES.policy})`,
    )
    .option(
      '--execute-role <name>',
      `the execution role of the functions (default: that of MM_APPS_EXECUTE_ROLE, or ${DEFAULT_NAMES.executionRole})`,
    )
    .option(
      '--max-duration <time>',
      'begin no bundle once a run has taken this long, such as 50m (default: 50m)',
      parseTime,
    )
    .option(
      '--parallel-bundles <count>',
      `how many bundles to deploy at a time, ${PARALLEL_BUNDLES.min} to ${PARALLEL_BUNDLES.max} (default: 1)`,
      integer(PARALLEL_BUNDLES),
    )
    .option('--summary', 'send one message for each run instead of one for each bundle')
    .addOption(
      new Option('--log-format <format>', 'the form of the log (default: text)')
        .choices(LOG_FORMATS)
        .argParser((text) => setLogFormat(text, context)),
    )
    .option('--metrics-file <file>', 'write the metrics to a file, for the node exporter of Prometheus')
    .option('--emf', 'print the metrics for Amazon CloudWatch, in its embedded metric format');
  return addMattermostFlags(addBundleBucketFlags(command));
}

/**
 * Adds the flag to a command.
 *
 * @param condition begins its description
 */
export function addAllowAppFlag(command: Command, condition = ''): Command {
  return command.addOption(
    new Option(
      '--allow-app <pattern>',
      `${condition}an app that may be deployed, by its ID, in which * is any text (repeatable; default: those of MM_APPS_ALLOW_APPS, or all)`,
    ).argParser(addPattern),
  );
}

/** At once, because the rest of the command line may not be valid. */
function setLogFormat(text: string, context: Pick<CommandContext, 'setLogFormat'>): LogFormat {
  const format = LOG_FORMATS.find((name) => name === text);
  if (format === undefined) throw new InvalidArgumentError(`Allowed choices are ${LOG_FORMATS.join(', ')}.`);
  context.setLogFormat(format);
  return format;
}

function addPattern(text: string, earlier?: readonly string[]): string[] {
  if (isAppPattern(text)) return addValue(text, earlier);
  throw new InvalidArgumentError('Expected the ID of an app, in which * is any text.');
}

export function parseTime(text: string): number {
  const time = parsePeriod(text);
  if (time !== undefined) return time;
  throw new InvalidArgumentError(`Expected ${PERIOD_FORM}.`);
}
