import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { MATTERMOST_VARIABLES } from '../cli/input/environment.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import {
  addMattermostFlags,
  findMattermostOptions,
  type MattermostFlags,
} from '../cli/input/mattermost-options.js';

interface Flags extends AwsFlags, JsonFlag, MattermostFlags {}

/** `appsctl aws list` */
export function awsListCommand(context: CommandContext): Command {
  const command = new Command('list')
    .summary('list the apps that are deployed')
    .description(
      'Lists the apps that are deployed, and their versions, with the state and the settings of their functions; with a Mattermost server, also whether it lists them or has installed them.',
    )
    .argument('[app]', 'only this app: its ID, or ID@VERSION')
    .option('--json', 'print everything that is known, as JSON');
  return addMattermostFlags(addAwsFlags(command))
    .addHelpText('after', variablesHelp('deploy', [], MATTERMOST_VARIABLES))
    .action(
      context.action(async (app: string | undefined, flags: Flags) => {
        const options = {
          ...readNetworkOptions(context, flags, 'deploy'),
          ...{ app, mattermost: findMattermostOptions(context, flags) },
        };
        const { listApps } = await import('../api/list-apps.js');
        const list = await listApps(options);
        return { type: 'apps', list, format: readFormat(flags) };
      }),
    );
}
