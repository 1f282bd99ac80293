import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { checkDryRun, type DryRunFlags, dryRunResult } from '../cli/input/dry-run.js';
import { MATTERMOST_VARIABLES } from '../cli/input/environment.js';
import {
  addMattermostFlags,
  type MattermostFlags,
  readMattermostOptions,
} from '../cli/input/mattermost-options.js';
import { addPolicyFlag } from '../cli/input/name-flags.js';
import type { CommandResult } from '../cli/render/command-result.js';

interface Flags extends AwsFlags, DryRunFlags, MattermostFlags {
  to: string;
  install?: boolean;
  policy?: string;
}

/** `appsctl aws rollback` */
export function awsRollbackCommand(context: CommandContext): Command {
  const command = new Command('rollback')
    .summary('list an earlier version of an app in Mattermost')
    .description(
      'Lists another version of an app that is deployed, usually an earlier one, from its manifest in the bucket. First checks that its functions and its icon are still on AWS. Allows the server to invoke the functions, if it is not allowed to.',
    )
    .argument('<app>', 'the ID of the app')
    .requiredOption('--to <version>', 'the version to list')
    .option('--install', 'install that version; an installed app keeps its version otherwise')
    .option('--dry-run', 'print what would be changed, and change nothing')
    .option('--exit-code', 'with --dry-run: exit with 3 if something would be changed');
  return addMattermostFlags(addAwsFlags(addPolicyFlag(command)))
    .addHelpText('after', variablesHelp('deploy', MATTERMOST_VARIABLES))
    .action(context.action((app: string, flags: Flags) => rollback(app, context, flags)));
}

async function rollback(app: string, context: CommandContext, flags: Flags): Promise<CommandResult> {
  checkDryRun(flags);
  const { to, install = false, dryRun = false, policy } = flags;
  const options = {
    ...readNetworkOptions(context, flags, 'deploy', MATTERMOST_VARIABLES),
    mattermost: readMattermostOptions(context, flags),
    install,
    policyName: policy,
  };
  const api = await import('../api/rollback.js');
  if (dryRun) return dryRunResult(await api.planRollback(app, to, options), flags);
  const beforeChanges = (): void => context.beginChanges();
  const result = await api.rollbackApp(app, to, { ...options, beforeChanges });
  return { type: 'rollback', result, siteUrl: options.mattermost.url };
}
