import { Command } from 'commander';
import type { AppRemoval, RemoveOptions } from '../api/remove.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import { confirmByName } from '../cli/input/confirm.js';
import type { CommandContext } from '../cli/input/context.js';
import { checkDryRun, type DryRunFlags, dryRunExit } from '../cli/input/dry-run.js';
import { MATTERMOST_VARIABLES } from '../cli/input/environment.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import {
  addMattermostFlags,
  findMattermostOptions,
  type MattermostFlags,
  readMattermostOptions,
} from '../cli/input/mattermost-options.js';
import { addPolicyFlag } from '../cli/input/name-flags.js';
import { CLI_VOCABULARY } from '../cli/input/vocabulary.js';
import type { CommandResult } from '../cli/render/command-result.js';
import { renderSteps } from '../cli/render/removal.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends AwsFlags, DryRunFlags, JsonFlag, MattermostFlags {
  allVersions?: boolean;
  keep?: string;
  logs?: boolean;
  uninstall?: boolean;
  yes?: boolean;
  policy?: string;
}

/** `appsctl aws remove` */
export function awsRemoveCommand(context: CommandContext): Command {
  const command = new Command('remove')
    .summary('remove an app, or versions of it, from AWS')
    .description(
      'Removes a version of an app from AWS: what allows the server to invoke its functions, its manifest, its functions and its assets. What other versions and apps need stays. Shows what it will remove and asks for the ID of the app. A removal that was stopped continues when it is repeated.',
    )
    .argument('<app>', 'the ID of the app, and @VERSION if several versions are deployed')
    .option('--all-versions', 'remove all versions of the app')
    .option('--keep <number>', 'remove all versions but those that were deployed last')
    .option('--logs', 'remove the log groups of the functions, too')
    .option('--uninstall', 'uninstall the app in Mattermost if a removed version is installed there')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'print what would be removed, and change nothing')
    .option('--exit-code', 'with --dry-run: exit with 3 if something would be removed')
    .option('--json', 'print the result, or the plan, as JSON');
  return addMattermostFlags(addAwsFlags(addPolicyFlag(command)))
    .addHelpText('after', variablesHelp('deploy', [], MATTERMOST_VARIABLES))
    .action(context.action((app: string, flags: Flags) => remove(app, context, flags)));
}

async function remove(app: string, context: CommandContext, flags: Flags): Promise<CommandResult> {
  checkDryRun(flags);
  const { dryRun = false, yes = false } = flags;
  const options = readOptions(context, flags);
  const api = await import('../api/remove.js');
  const format = readFormat(flags);
  if (dryRun) {
    const removal = await api.planRemoval(app, options);
    const hasChanges = removal.steps.some(({ action }) => action !== 'keep');
    return { type: 'removal plan', removal, format, exit: dryRunExit(flags, hasChanges) };
  }
  const beforeChanges = async (removal: AppRemoval): Promise<void> => {
    const { appId, versions } = removal;
    const consequence = `removing app ${appId} ${versions.join(', ')} from AWS cannot be undone`;
    await confirmByName(context, consequence, appId, yes, renderSteps(removal, CLI_VOCABULARY));
    context.beginChanges();
  };
  return { type: 'removal', result: await api.removeApp(app, { ...options, beforeChanges }), format };
}

/** @throws AppsctlError USAGE, MISSING_VARIABLE, INVALID_VARIABLE */
function readOptions(context: CommandContext, flags: Flags): RemoveOptions {
  const { allVersions = false, keep, logs = false, uninstall = false, policy } = flags;
  if (keep !== undefined && !/^[1-9]\d{0,5}$/.test(keep)) {
    throw new AppsctlError('USAGE', `--keep ${JSON.stringify(keep)} is not a number of at least 1`, {
      hint: 'to keep none, use --all-versions',
    });
  }
  const server = uninstall ? MATTERMOST_VARIABLES : [];
  return {
    ...readNetworkOptions(context, flags, 'deploy', server),
    mattermost: uninstall ? readMattermostOptions(context, flags) : findMattermostOptions(context, flags),
    ...{ allVersions, logs, uninstall },
    keep: keep === undefined ? undefined : Number(keep),
    policyName: policy,
  };
}
