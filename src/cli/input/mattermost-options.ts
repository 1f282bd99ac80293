import type { Command } from 'commander';
import type { MattermostOptions } from '../../api/network-options.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { isHttpUrl, isUnencrypted, parseUrl } from '../../core/http-url.js';
import type { CommandContext } from './context.js';
import { MATTERMOST_VARIABLES, readVariables } from './environment.js';

/** The flags of commands that use a Mattermost server. */
export interface MattermostFlags {
  insecureHttp?: boolean;
}

/** Adds the flags to a command. */
export function addMattermostFlags(command: Command): Command {
  return command.option('--insecure-http', 'send the admin token unencrypted if the site URL is not https');
}

/**
 * Reads which Mattermost server to use, if one is set.
 *
 * @returns undefined when neither of the variables is set
 * @throws AppsctlError MISSING_VARIABLE when only one is, INVALID_VARIABLE
 */
export function findMattermostOptions(
  context: Pick<CommandContext, 'env'>,
  flags: MattermostFlags,
): MattermostOptions | undefined {
  const isSet = MATTERMOST_VARIABLES.some((name) => context.env[name]);
  return isSet ? readMattermostOptions(context, flags) : undefined;
}

/**
 * Reads which Mattermost server to use.
 *
 * @throws AppsctlError MISSING_VARIABLE, INVALID_VARIABLE also for a URL to which the token would be sent unencrypted
 */
export function readMattermostOptions(
  context: Pick<CommandContext, 'env'>,
  { insecureHttp = false }: MattermostFlags,
): MattermostOptions {
  const { MM_SERVICESETTINGS_SITEURL: url, MM_ADMIN_TOKEN: token } = readVariables(
    context,
    MATTERMOST_VARIABLES,
  );
  if (!isHttpUrl(url)) {
    // The URL may contain a password: it is not repeated.
    const problem = /^https?:$/.test(parseUrl(url)?.protocol ?? '')
      ? 'must not have a user, query or fragment'
      : 'is not a valid http(s) URL';
    throw new AppsctlError('INVALID_VARIABLE', `MM_SERVICESETTINGS_SITEURL ${problem}`, {
      hint: isHost(url)
        ? `did you mean https://${url}?`
        : 'use the URL of the server, such as https://chat.example.com',
    });
  }
  if (isUnencrypted(url) && !insecureHttp) {
    const message = `MM_SERVICESETTINGS_SITEURL: the admin token would be sent unencrypted to ${url}`;
    throw new AppsctlError('INVALID_VARIABLE', message, {
      hint: 'use https, or allow it with --insecure-http',
    });
  }
  return { url, token, allowHttp: insecureHttp };
}

/** Whether a text is a host without a scheme, and nothing secret. */
function isHost(text: string): boolean {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/?$/i.test(text);
}
