import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import { confirmByName } from '../cli/input/confirm.js';
import type { CommandContext } from '../cli/input/context.js';
import { checkDryRun, type DryRunFlags, dryRunExit } from '../cli/input/dry-run.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import { addNameFlags, type NameFlags, toNameOptions } from '../cli/input/name-flags.js';
import { renderRemovals } from '../cli/render/clean.js';
import type { AccountRemovals } from '../core/clean/plan.js';

interface Flags extends AwsFlags, DryRunFlags, JsonFlag, NameFlags {
  bucket?: boolean;
  force?: boolean;
  yes?: boolean;
}

/** `appsctl aws clean` */
export function awsCleanCommand(context: CommandContext): Command {
  const command = new Command('clean')
    .summary('remove from an AWS account what init made')
    .description(
      'Removes everything that init made from an AWS account, whatever was attached to it since: the user of the Mattermost server with its keys, the group, the invoke policies and the execution role. Keeps the bucket, unless --bucket is given. Apps have to be removed first.',
    )
    .option('--dry-run', 'print what would be removed and kept, and change nothing')
    .option('--exit-code', 'with --dry-run: exit with 3 if something would be removed')
    .option('--json', 'print the result, or the plan, as JSON')
    .option('-y, --yes', 'do not ask')
    .option('--bucket', 'remove the bucket too, if it is empty')
    .option(
      '--force',
      'take the access away from the server although apps are deployed; with --bucket, remove what is in the bucket',
    );
  return addAwsFlags(addNameFlags(command))
    .addHelpText('after', variablesHelp('deploy'))
    .action(
      context.action(async (flags: Flags) => {
        checkDryRun(flags);
        const { bucket: removeBucket = false, force = false, yes = false } = flags;
        const options = {
          ...readNetworkOptions(context, flags, 'deploy'),
          ...toNameOptions(flags),
          ...{ removeBucket, force },
        };
        const { clean, planClean } = await import('../api/clean.js');
        const format = readFormat(flags);
        if (flags.dryRun) {
          const result = await planClean(options);
          const exit = dryRunExit(flags, result.removals.length > 0);
          return { type: 'clean plan', result, format, exit };
        }
        const beforeChanges = async (planned: AccountRemovals): Promise<void> => {
          const bucket = planned.removals.find(({ kind }) => kind === 'bucket');
          const name = bucket?.name ?? planned.accountId;
          const consequence = `what is removed from account ${planned.accountId} cannot be restored`;
          await confirmByName(context, consequence, name, yes, renderRemovals(planned));
          context.beginChanges();
        };
        return { type: 'clean', result: await clean({ ...options, beforeChanges }), format };
      }),
    );
}
