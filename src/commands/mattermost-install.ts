import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import type { MattermostFlags } from '../cli/input/mattermost-options.js';
import { addServerFlags, readServerOptions } from '../cli/input/server-options.js';

/** `appsctl mattermost install` */
export function mattermostInstallCommand(context: CommandContext): Command {
  const command = new Command('install')
    .summary('install a listed app')
    .description(
      'Installs an app that a Mattermost server lists for AWS, or installs it again if its listing has changed. Nothing is done if the app is installed as it is listed.',
    )
    .argument('<app>', 'the ID of the app');
  return addServerFlags(command).action(
    context.action(async (id: string, flags: MattermostFlags) => {
      const options = readServerOptions(context, flags);
      const beforeChanges = (): void => context.beginChanges();
      const { installApp } = await import('../api/server-apps.js');
      return { type: 'server app change', app: await installApp(id, { ...options, beforeChanges }) };
    }),
  );
}
