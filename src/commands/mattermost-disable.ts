import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import type { MattermostFlags } from '../cli/input/mattermost-options.js';
import { addServerFlags, readServerOptions } from '../cli/input/server-options.js';

/** `appsctl mattermost disable` */
export function mattermostDisableCommand(context: CommandContext): Command {
  const command = new Command('disable')
    .summary('disable an installed app')
    .description(
      'Disables an app that is installed on a Mattermost server: no one can use it until it is enabled. Its data is kept.',
    )
    .argument('<app>', 'the ID of the app');
  return addServerFlags(command).action(
    context.action(async (id: string, flags: MattermostFlags) => {
      const options = readServerOptions(context, flags);
      const beforeChanges = (): void => context.beginChanges();
      const { disableApp } = await import('../api/server-apps.js');
      return { type: 'server app change', app: await disableApp(id, { ...options, beforeChanges }) };
    }),
  );
}
