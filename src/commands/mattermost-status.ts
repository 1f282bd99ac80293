import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import type { MattermostFlags } from '../cli/input/mattermost-options.js';
import { addServerFlags, readServerOptions } from '../cli/input/server-options.js';

interface Flags extends JsonFlag, MattermostFlags {}

/** `appsctl mattermost status` */
export function mattermostStatusCommand(context: CommandContext): Command {
  const command = new Command('status')
    .summary('say whether users can use an app')
    .description(
      'Prints which version of an app a Mattermost server lists and has installed, whether it is enabled, and whether the server can use apps on AWS. Exits with 0 if users can use the app, with 1 if not.',
    )
    .argument('<app>', 'the ID of the app')
    .option('--json', 'print the status as JSON');
  return addServerFlags(command).action(
    context.action(async (app: string, flags: Flags) => {
      const options = readServerOptions(context, flags);
      const { serverAppStatus } = await import('../api/server-apps.js');
      const status = await serverAppStatus(app, options);
      const exit = status.isUsable ? undefined : 'failed';
      return { type: 'server app', status, format: readFormat(flags), exit };
    }),
  );
}
