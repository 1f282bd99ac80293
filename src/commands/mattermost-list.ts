import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import type { MattermostFlags } from '../cli/input/mattermost-options.js';
import { addServerFlags, readServerOptions } from '../cli/input/server-options.js';

interface Flags extends JsonFlag, MattermostFlags {}

/** `appsctl mattermost list` */
export function mattermostListCommand(context: CommandContext): Command {
  const command = new Command('list')
    .summary('list the apps of a Mattermost server')
    .description(
      'Lists the apps that a Mattermost server lists, for all deploy types, and whether they are installed. Apps that are installed but no longer listed are missing.',
    )
    .option('--json', 'print the apps as JSON');
  return addServerFlags(command).action(
    context.action(async (flags: Flags) => {
      const options = readServerOptions(context, flags);
      const { listServerApps } = await import('../api/server-apps.js');
      const apps = await listServerApps(options);
      const siteUrl = options.mattermost.url;
      return { type: 'server apps', apps, siteUrl, format: readFormat(flags) };
    }),
  );
}
