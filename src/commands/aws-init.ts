import { Command, InvalidArgumentError } from 'commander';
import type { ServerAccessKey } from '../api/init.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { checkDryRun, type DryRunFlags, dryRunResult } from '../cli/input/dry-run.js';
import { isPolicyArn } from '../core/aws/valid-names.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends AwsFlags, DryRunFlags {
  create?: boolean;
  createAccessKey?: boolean;
  user: string;
  group: string;
  policy: string;
  executeRole: string;
  permissionsBoundary?: string;
}

/** `appsctl aws init` */
export function awsInitCommand(context: CommandContext): Command {
  const command = new Command('init')
    .summary('prepare an AWS account for Mattermost Apps')
    .description(
      'Prepares an AWS account for Mattermost Apps: the bucket, the user, group and policy with which the server invokes functions, and the execution role of the functions. Prints the environment variables that the Mattermost server needs.',
    )
    .option('--create', 'create what does not exist yet: bucket, user, group, policy, role')
    .option('--dry-run', 'print what --create would create and change, and change nothing')
    .option('--exit-code', 'with --dry-run: exit with 3 if something would be changed')
    .option('--create-access-key', 'create an access key for the user; it is printed only once')
    .option('--user <name>', 'the AWS user of the Mattermost server', DEFAULT_NAMES.user)
    .option('--group <name>', 'the group that gives the user the policy', DEFAULT_NAMES.group)
    .option('--policy <name>', 'the policy that allows the server to invoke functions', DEFAULT_NAMES.policy)
    .option('--execute-role <name>', 'the execution role of the functions', DEFAULT_NAMES.executionRole)
    .option(
      '--permissions-boundary <arn>',
      'the policy that limits the user and the role, if they are created',
      parsePolicyArn,
    );
  return addAwsFlags(command)
    .addHelpText('after', variablesHelp('deploy'))
    .action(
      context.action(async (flags: Flags) => {
        checkDryRun(flags);
        const options = {
          ...readNetworkOptions(context, flags, 'deploy'),
          createAccessKey: flags.createAccessKey ?? false,
          userName: flags.user,
          groupName: flags.group,
          policyName: flags.policy,
          executionRoleName: flags.executeRole,
          permissionsBoundary: flags.permissionsBoundary,
        };
        const { init, planInit } = await import('../api/init.js');
        if (flags.dryRun) return dryRunResult(await planInit(options), flags.exitCode);
        const result = await init({
          ...options,
          create: flags.create ?? false,
          beforeChanges: () => context.beginChanges(),
        });
        const { bucket } = options.aws;
        const { accessKey, region } = result;
        return {
          type: 'init',
          result,
          server: { region, bucket, userName: flags.user },
          onWriteError: accessKey && ((error) => revoke(accessKey, error)),
        };
      }),
    );
}

function parsePolicyArn(text: string): string {
  if (isPolicyArn(text)) return text;
  throw new InvalidArgumentError('Expected the ARN of a policy.');
}

/** Deletes a new access key whose secret could not be printed: no one could ever use it, and a user can have only two. */
async function revoke(accessKey: ServerAccessKey, error: Error): Promise<AppsctlError> {
  await accessKey.revoke();
  return new AppsctlError('OUTPUT', `cannot print the new access key: ${error.message}`, {
    hint: `access key ${accessKey.id} has been deleted; run the same command again with its output somewhere else`,
    cause: error,
  });
}
