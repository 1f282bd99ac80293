import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import type { MattermostFlags } from '../cli/input/mattermost-options.js';
import { addServerFlags, readServerOptions } from '../cli/input/server-options.js';

/** `appsctl mattermost enable` */
export function mattermostEnableCommand(context: CommandContext): Command {
  const command = new Command('enable')
    .summary('enable an installed app')
    .description('Enables an app that is installed on a Mattermost server.')
    .argument('<app>', 'the ID of the app');
  return addServerFlags(command).action(
    context.action(async (id: string, flags: MattermostFlags) => {
      const options = readServerOptions(context, flags);
      const beforeChanges = (): void => context.beginChanges();
      const { enableApp } = await import('../api/server-apps.js');
      return { type: 'server app change', app: await enableApp(id, { ...options, beforeChanges }) };
    }),
  );
}
