import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { mattermostDisableCommand } from './mattermost-disable.js';
import { mattermostEnableCommand } from './mattermost-enable.js';
import { mattermostInstallCommand } from './mattermost-install.js';
import { mattermostListCommand } from './mattermost-list.js';
import { mattermostStatusCommand } from './mattermost-status.js';
import { mattermostUninstallCommand } from './mattermost-uninstall.js';

/** `appsctl mattermost` */
export function mattermostCommand(context: CommandContext): Command {
  return new Command('mattermost')
    .summary('list, install and uninstall apps on a Mattermost server')
    .description(
      'Lists, installs, uninstalls, enables and disables apps on a Mattermost server, without AWS.',
    )
    .addCommand(mattermostListCommand(context))
    .addCommand(mattermostStatusCommand(context))
    .addCommand(mattermostInstallCommand(context))
    .addCommand(mattermostUninstallCommand(context))
    .addCommand(mattermostEnableCommand(context))
    .addCommand(mattermostDisableCommand(context));
}
