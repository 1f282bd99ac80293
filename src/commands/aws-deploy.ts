import { Command } from 'commander';
import type { DeployOptions } from '../api/deploy.js';
import type { CommandContext } from '../cli/input/context.js';
import {
  MATTERMOST_VARIABLES,
  readMattermostOptions,
  readNetworkOptions,
  variablesHelp,
} from '../cli/input/environment.js';
import { addFunctionFlags, type FunctionFlags, toFunctionOptions } from '../cli/input/function-flags.js';
import type { CommandResult } from '../cli/render/command-result.js';
import { DEFAULT_NAMES } from '../core/defaults.js';

interface Flags extends FunctionFlags {
  update?: boolean;
  install?: boolean;
  dryRun?: boolean;
  migrateRuntimes?: boolean;
  freshSettings?: boolean;
  policy: string;
  executeRole: string;
}

/** `appsctl aws deploy` */
export function awsDeployCommand(context: CommandContext): Command {
  const command = new Command('deploy')
    .summary('deploy an app bundle to AWS and list it in Mattermost')
    .description(
      'Deploys an app bundle: its functions to Lambda, its assets and manifest to S3; allows the server to invoke the functions; lists the app in Mattermost. Checks everything that can be checked before it changes anything, and leaves unchanged what is up to date.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .option('--update', 'update functions that exist and differ from the bundle or the flags')
    .option('--install', 'install the app in Mattermost once it is listed')
    .option('--dry-run', 'print what would be changed, and change nothing')
    .option('--migrate-runtimes', 'run functions of the retired runtime go1.x on provided.al2023')
    .option('--fresh-settings', 'take over no settings of the previous version of the app')
    .option('--policy <name>', 'the policy that allows the server to invoke functions', DEFAULT_NAMES.policy)
    .option('--execute-role <name>', 'the execution role of the functions', DEFAULT_NAMES.executionRole);
  return addFunctionFlags(command)
    .addHelpText('after', variablesHelp('deploy', MATTERMOST_VARIABLES))
    .action(
      context.action((file: string, flags: Flags) => deploy(file, readOptions(context, flags), flags.dryRun)),
    );
}

function readOptions(context: CommandContext, flags: Flags): DeployOptions {
  const { update = false, install = false, migrateRuntimes = false, freshSettings = false } = flags;
  return {
    ...readNetworkOptions(context, 'deploy', MATTERMOST_VARIABLES),
    functions: toFunctionOptions(flags),
    mattermost: readMattermostOptions(context),
    ...{ update, install, migrateRuntimes, freshSettings },
    policyName: flags.policy,
    executionRoleName: flags.executeRole,
    beforeChanges: () => context.beginChanges(),
  };
}

async function deploy(file: string, options: DeployOptions, isDryRun = false): Promise<CommandResult> {
  const api = await import('../api/deploy.js');
  if (isDryRun) return { type: 'plan', plan: await api.planDeployment(file, options), withExitCode: false };
  return { type: 'deployment', result: await api.deploy(file, options), siteUrl: options.mattermost?.url };
}
