import type { Command } from 'commander';
import type { ServerOptions } from '../../api/server-apps.js';
import { type CommandContext, commonOptions } from './context.js';
import { environmentHelp, MATTERMOST_VARIABLES } from './environment.js';
import { addMattermostFlags, type MattermostFlags, readMattermostOptions } from './mattermost-options.js';

/** Completes a command that uses only a Mattermost server: its flags, and the help about its variables. */
export function addServerFlags(command: Command): Command {
  return addMattermostFlags(command).addHelpText('after', environmentHelp(MATTERMOST_VARIABLES));
}

/**
 * Reads the options of commands that use only a Mattermost server.
 *
 * @throws AppsctlError MISSING_VARIABLE, INVALID_VARIABLE
 */
export function readServerOptions(context: CommandContext, flags: MattermostFlags): ServerOptions {
  const { onEvent, timeouts } = context;
  return {
    ...commonOptions(context),
    mattermost: readMattermostOptions(context, flags),
    ...{ onEvent, timeouts },
  };
}
