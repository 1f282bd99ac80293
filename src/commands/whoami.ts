import { Command } from 'commander';
import type { MattermostOptions } from '../api/network-options.js';
import {
  type AwsFlags,
  addAwsFlags,
  checkBucket,
  readConnectionOptions,
  variablesHelp,
} from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { MATTERMOST_VARIABLES } from '../cli/input/environment.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import {
  addMattermostFlags,
  findMattermostOptions,
  type MattermostFlags,
} from '../cli/input/mattermost-options.js';
import { CLI_VOCABULARY } from '../cli/input/vocabulary.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { isUnknown, type UnknownPart } from '../core/diagnostics/unknown-part.js';

interface Flags extends AwsFlags, JsonFlag, MattermostFlags {}

/** `appsctl whoami` */
export function whoamiCommand(context: CommandContext): Command {
  const command = new Command('whoami')
    .summary('print whose credentials are used, and what they reach')
    .description(
      'Prints the AWS account and identity, where the credentials come from and when they expire, the region, the bucket, and the versions of the Mattermost server and its Apps plugin. Changes nothing.',
    )
    .option('--json', 'print the result as JSON');
  return addMattermostFlags(addAwsFlags(command))
    .addHelpText('after', variablesHelp('deploy', MATTERMOST_VARIABLES))
    .action(
      context.action(async (flags: Flags) => {
        const { aws, ...options } = readConnectionOptions(context, flags, 'deploy');
        const bucket = context.env['MM_APPS_S3_BUCKET'] || undefined;
        if (bucket !== undefined) checkBucket(bucket);
        const server = readServer(context, flags);
        const { whoami } = await import('../api/whoami.js');
        const report = await whoami({ ...options, aws: { ...aws, bucket }, mattermost: server.options });
        return {
          type: 'whoami',
          report: {
            ...report,
            ...(server.problem && {
              serverVersion: server.problem,
              pluginVersion: { problem: 'not looked up', hint: undefined },
            }),
          },
          format: readFormat(flags),
          exit: isUnknown(report.identity) ? 'failed' : undefined,
        };
      }),
    );
}

/** Variables of the server that are missing or not valid must not hide what is known of AWS. */
function readServer(
  context: CommandContext,
  flags: MattermostFlags,
): { readonly options?: MattermostOptions | undefined; readonly problem?: UnknownPart } {
  try {
    return { options: findMattermostOptions(context, flags) };
  } catch (error) {
    if (!AppsctlError.is(error)) throw error;
    return { problem: { problem: error.message, hint: error.hintIn(CLI_VOCABULARY) } };
  }
}
