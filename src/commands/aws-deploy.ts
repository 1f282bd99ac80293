import { Command } from 'commander';
import type { DeployOptions } from '../api/deploy.js';
import { type AppFlags, addAppFlags, toAppOptions } from '../cli/input/app-flags.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import {
  APP_ARGUMENT,
  addBundleFlags,
  type BundleFlags,
  toBundleOptions,
} from '../cli/input/bundle-flags.js';
import type { CommandContext } from '../cli/input/context.js';
import { checkDryRun, type DryRunFlags, dryRunResult } from '../cli/input/dry-run.js';
import { MATTERMOST_VARIABLES, settingsVariables } from '../cli/input/environment.js';
import { addFunctionFlags, type FunctionFlags, toFunctionOptions } from '../cli/input/function-flags.js';
import {
  addMattermostFlags,
  type MattermostFlags,
  readMattermostOptions,
} from '../cli/input/mattermost-options.js';
import { addPolicyFlag } from '../cli/input/name-flags.js';
import type { CommandResult } from '../cli/render/command-result.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends AppFlags, AwsFlags, BundleFlags, DryRunFlags, FunctionFlags, MattermostFlags {
  update?: boolean;
  install?: boolean;
  /** Only false is a flag. */
  list: boolean;
  migrateRuntimes?: boolean;
  freshSettings?: boolean;
  policy?: string;
  executeRole?: string;
  test?: boolean;
}

/** `appsctl aws deploy` */
export function awsDeployCommand(context: CommandContext): Command {
  const command = new Command('deploy')
    .summary('deploy an app to AWS and list it in Mattermost')
    .description(
      'Deploys the folder or the bundle of an app: its functions to Lambda, its assets and manifest to S3; allows the server to invoke the functions; lists the app in Mattermost. Checks everything that can be checked before it changes anything, and leaves unchanged what is up to date.',
    )
    .argument('<app>', APP_ARGUMENT)
    .option('--update', 'replace functions, assets and a manifest on AWS that differ')
    .option('--install', 'install the app in Mattermost once it is listed')
    .option('--no-list', 'deploy to AWS only, without a Mattermost server')
    .option('--dry-run', 'print what would be changed, and change nothing; the build command still runs')
    .option('--exit-code', 'with --dry-run: exit with 3 if something would be changed')
    .option('--test', "test the deployed app with the server's access key; exit with 1 if a check fails")
    .option('--migrate-runtimes', 'run functions of the retired runtime go1.x on provided.al2023')
    .option('--fresh-settings', 'let new functions take over nothing from the previous version of the app')
    .option(
      '--execute-role <name>',
      `the execution role of the functions (default: ${DEFAULT_NAMES.executionRole})`,
    );
  return addMattermostFlags(
    addAwsFlags(addFunctionFlags(addBundleFlags(addAppFlags(addPolicyFlag(command))))),
  )
    .addHelpText('after', variablesHelp('deploy', MATTERMOST_VARIABLES))
    .action(
      context.action(async (app: string, flags: Flags) => {
        const options = readOptions(context, flags);
        if (flags.dryRun === true) return planDeployment(app, options, flags);
        return flags.test === true ? deployAndTest(context, app, options, flags) : deploy(app, options);
      }),
    );
}

/** What the test of a deployment needs. */
const SERVER_KEY = ['MM_APPS_AWS_ACCESS_KEY', 'MM_APPS_AWS_SECRET_KEY'] as const;

/** @throws AppsctlError USAGE, MISSING_VARIABLE, INVALID_VARIABLE */
function readOptions(context: CommandContext, flags: Flags): DeployOptions {
  checkDryRun(flags);
  if (flags.install && !flags.list) {
    throw new AppsctlError('USAGE', '--install and --no-list exclude each other', {
      hint: 'only a listed app can be installed',
    });
  }
  const variables = [...(flags.list ? MATTERMOST_VARIABLES : []), ...(flags.test === true ? SERVER_KEY : [])];
  if (flags.test && flags.dryRun) {
    throw new AppsctlError('USAGE', '--test is not for --dry-run, which deploys nothing to test');
  }
  const { update = false, install = false, migrateRuntimes = false, freshSettings = false } = flags;
  return {
    ...toAppOptions(context, flags),
    ...toBundleOptions(context, flags),
    ...readNetworkOptions(context, flags, 'deploy', variables),
    variables: settingsVariables(context),
    functions: toFunctionOptions(flags),
    mattermost: flags.list ? readMattermostOptions(context, flags) : undefined,
    ...{ update, install, migrateRuntimes, freshSettings },
    policyName: flags.policy,
    executionRoleName: flags.executeRole,
    beforeChanges: () => context.beginChanges(),
  };
}

async function planDeployment(app: string, options: DeployOptions, flags: Flags): Promise<CommandResult> {
  const api = await import('../api/deploy.js');
  return dryRunResult(await api.planDeployment(app, options), flags);
}

async function deploy(app: string, options: DeployOptions) {
  const api = await import('../api/deploy.js');
  const result = await api.deploy(app, options);
  return { type: 'deployment', result, siteUrl: options.mattermost?.url } as const;
}

/** Prints the deployment before the test, which may fail or be interrupted. */
async function deployAndTest(
  context: CommandContext,
  app: string,
  options: DeployOptions,
  flags: Flags,
): Promise<CommandResult> {
  const { region } = flags;
  // A profile is that of the one who deploys.
  const server = readNetworkOptions(context, { ...(region !== undefined && { region }) }, 'server');
  const deployment = await deploy(app, options);
  await context.print(deployment);
  const { id, version } = deployment.result.app;
  const { testApp } = await import('../api/test-app.js');
  const report = await testApp({ ...server, app: `${id}@${version}` });
  return { type: 'app test', report, format: 'text', exit: report.passed ? undefined : 'failed' };
}
