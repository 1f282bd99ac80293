import { Command } from 'commander';
import type { ChangedApp } from '../api/server-apps.js';
import { confirmByName } from '../cli/input/confirm.js';
import type { CommandContext } from '../cli/input/context.js';
import type { MattermostFlags } from '../cli/input/mattermost-options.js';
import { addServerFlags, readServerOptions } from '../cli/input/server-options.js';

interface Flags extends MattermostFlags {
  yes?: boolean;
  force?: boolean;
}

/** `appsctl mattermost uninstall` */
export function mattermostUninstallCommand(context: CommandContext): Command {
  const command = new Command('uninstall')
    .summary('uninstall an app, with its data on the server')
    .description(
      'Uninstalls an app from a Mattermost server, with its data there: what it has stored, its OAuth 2.0 app and the connections of users. The app stays listed.',
    )
    .argument('<app>', 'the ID of the app')
    .option('-y, --yes', 'do not ask')
    .option('--force', 'uninstall it although the app itself objects');
  return addServerFlags(command).action(
    context.action(async (id: string, flags: Flags) => {
      const { yes = false, force = false } = flags;
      const options = readServerOptions(context, flags);
      const { uninstallApp } = await import('../api/server-apps.js');
      const beforeChanges = async ({ siteUrl }: ChangedApp): Promise<void> => {
        await confirmByName(context, `uninstalling app ${id} removes its data from ${siteUrl}`, id, yes);
        context.beginChanges();
      };
      return { type: 'server app change', app: await uninstallApp(id, { ...options, force, beforeChanges }) };
    }),
  );
}
