import type { MattermostOptions } from '../../api/network-options.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { isHttpUrl } from '../../core/http-url.js';
import type { CommandContext } from './context.js';
import { MATTERMOST_VARIABLES, readVariables } from './environment.js';

/**
 * Reads which Mattermost server to use, if one is set.
 *
 * @public
 * @returns undefined when neither of the variables is set
 * @throws AppsctlError MISSING_VARIABLE when only one is, INVALID_VARIABLE
 */
export function findMattermostOptions(
  context: Pick<CommandContext, 'env' | 'onEvent'>,
): MattermostOptions | undefined {
  const isSet = MATTERMOST_VARIABLES.some((name) => context.env[name]);
  return isSet ? readMattermostOptions(context) : undefined;
}

/**
 * Reads which Mattermost server to use. Warns if the token would be sent unencrypted.
 *
 * @throws AppsctlError MISSING_VARIABLE, INVALID_VARIABLE
 */
export function readMattermostOptions(context: Pick<CommandContext, 'env' | 'onEvent'>): MattermostOptions {
  const { MM_SERVICESETTINGS_SITEURL: url, MM_ADMIN_TOKEN: token } = readVariables(
    context,
    MATTERMOST_VARIABLES,
  );
  if (!isHttpUrl(url)) {
    // The URL may contain a password: it is not repeated.
    const problem =
      URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
        ? 'must not have a user, query or fragment'
        : 'is not a valid http(s) URL';
    throw new AppsctlError('INVALID_VARIABLE', `MM_SERVICESETTINGS_SITEURL ${problem}`, {
      hint: isHost(url)
        ? `did you mean https://${url}?`
        : 'use the URL of the server, such as https://chat.example.com',
    });
  }
  if (isUnencrypted(url)) {
    const message = `the admin token is sent unencrypted to ${url}: use https`;
    context.onEvent({ type: 'warning', message });
  }
  return { url, token };
}

/** Whether a text is a host without a scheme, and nothing secret. */
function isHost(text: string): boolean {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/?$/i.test(text);
}

/** Requests to this machine do not leave it. */
function isUnencrypted(siteUrl: string): boolean {
  const { protocol, hostname } = new URL(siteUrl);
  const isLoopback = /^(?:.*\.)?localhost\.?$|^127(?:\.\d+){3}$|^\[::1\]$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}
