import type { User } from './accounts.js';
import { type HttpAnswer, type HttpRequest, plainText } from './http-server.js';
import { answerPluginApi } from './plugin-api.js';
import type { PluginState } from './plugin-state.js';
import { lacksMfa, pluginsDisabled } from './server-api.js';
import { isPluginRunning } from './server-settings.js';

/** Hands a request to the Apps plugin, as the server does: with the user, if there is one that it may know. */
export function servePlugin(http: HttpRequest, state: PluginState): Promise<HttpAnswer> | HttpAnswer {
  const { server, accounts, timeouts } = state;
  if (!server.pluginsEnabled) {
    // The header with the type comes too late, and Go guesses it.
    const contentType = 'text/plain; charset=utf-8';
    return { ...pluginsDisabled('Enable plugins to serve plugin requests'), contentType };
  }
  if (!isPluginRunning(server)) {
    return plainText(404, '404 page not found');
  }
  const user = knownUser(accounts.sender(http.authorization), state);
  return answerPluginApi({ state, user, signal: AbortSignal.timeout(timeouts.request) }, http);
}

/** Where multi-factor authentication is enforced, users who have not set it up are unauthenticated for plugins. */
function knownUser(user: User | undefined, { server }: PluginState): User | undefined {
  return user === undefined || lacksMfa(user, server) ? undefined : user;
}
