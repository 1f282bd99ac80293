import { type Accounts, isAdmin, type User } from './accounts.js';
import { type HttpAnswer, type HttpRequest, json } from './http-server.js';
import { isPluginRunning, PLUGIN_VERSION, type ServerSettings } from './server-settings.js';

export const APPS_PLUGIN = 'com.mattermost.apps';
const MANIFEST = { id: APPS_PLUGIN, name: 'Apps', version: PLUGIN_VERSION, min_server_version: '7.7.0' };
/** The numbers of the states of a plugin. */
const STATES = { running: 2, disabled: 0, 'failed to start': 3 } as const;

/** The responses of the server itself below /api/v4, as far as a deployer needs them. */
export function answerServerApi(
  request: HttpRequest,
  accounts: Accounts,
  settings: ServerSettings,
): HttpAnswer {
  switch (`${request.method} ${request.path}`) {
    case 'GET /api/v4/system/ping':
      return json(200, { status: 'OK' });
    case 'GET /api/v4/config/client':
      return clientConfig(request, settings);
    case 'GET /api/v4/users/me':
      // The one request for which multi-factor authentication is never asked.
      return withUser(request, accounts, ({ id, username, roles, isBot }) =>
        json(200, { id, username, roles, ...(isBot && { is_bot: true }) }),
      );
    case 'GET /api/v4/plugins':
      return managePlugins(request, accounts, settings, () => json(200, pluginLists(settings)));
    case 'GET /api/v4/plugins/statuses':
      return managePlugins(request, accounts, settings, () => json(200, pluginStatuses(settings)));
    case `POST /api/v4/plugins/${APPS_PLUGIN}/enable`:
      return managePlugins(request, accounts, settings, () => enablePlugin(settings));
    default:
      return appError(404, 'api.context.404.app_error', "Sorry, we couldn't find the page.");
  }
}

/** An error of the server, in JSON. */
export function appError(status: number, id: string, message: string, detail = ''): HttpAnswer {
  return json(status, { id, message, detailed_error: detail, status_code: status });
}

export function pluginsDisabled(detail: string): HttpAnswer {
  const message = 'Plugins have been disabled. Please check your logs for details.';
  return appError(501, 'app.plugin.disabled.app_error', message, detail);
}

/** Whether multi-factor authentication locks a user out. */
export function lacksMfa(user: User, { mfaEnforced }: ServerSettings): boolean {
  return mfaEnforced && !user.isBot && !user.hasMfa;
}

function withUser(
  { authorization }: HttpRequest,
  accounts: Accounts,
  answer: (user: User) => HttpAnswer,
): HttpAnswer {
  const user = accounts.sender(authorization);
  if (user === undefined) {
    const message = 'Invalid or expired session, please login again.';
    return appError(401, 'api.context.session_expired.app_error', message);
  }
  return answer(user);
}

function managePlugins(
  request: HttpRequest,
  accounts: Accounts,
  settings: ServerSettings,
  answer: () => HttpAnswer,
): HttpAnswer {
  return withUser(request, accounts, (user) => {
    if (lacksMfa(user, settings)) {
      const message = 'Multi-factor authentication is required on this server.';
      return appError(403, 'api.context.mfa_required.app_error', message);
    }
    if (!settings.pluginsEnabled) {
      return pluginsDisabled('');
    }
    return isAdmin(user)
      ? answer()
      : appError(403, 'api.context.permissions.app_error', 'You do not have the appropriate permissions.');
  });
}

/** All values are strings. */
function clientConfig({ query }: HttpRequest, settings: ServerSettings): HttpAnswer {
  if (query.get('format') !== 'old') {
    const message =
      'New format for the client configuration is not supported yet. Please specify format=old in the query string.';
    return appError(400, 'api.config.client.old_format.app_error', message);
  }
  const { version, mfaEnforced, appsFeatureFlag } = settings;
  return json(200, {
    Version: version,
    BuildNumber: version,
    EnableMultifactorAuthentication: String(mfaEnforced),
    EnforceMultifactorAuthentication: String(mfaEnforced),
    FeatureFlagAppsEnabled: String(appsFeatureFlag),
  });
}

function pluginLists(settings: ServerSettings): object {
  const has = settings.appsPlugin !== 'missing';
  const isActive = isPluginRunning(settings);
  return { active: isActive ? [MANIFEST] : [], inactive: has && !isActive ? [MANIFEST] : [] };
}

function pluginStatuses({ appsPlugin, appsFeatureFlag }: ServerSettings): object[] {
  if (appsPlugin === 'missing') {
    return [];
  }
  const { id, name, version } = MANIFEST;
  const state = appsFeatureFlag ? STATES[appsPlugin] : STATES.disabled;
  const error = state === STATES['failed to start'] ? 'unable to start plugin: exit status 1' : '';
  return [{ plugin_id: id, cluster_id: '', plugin_path: `plugins/${id}`, state, error, name, version }];
}

/** The server says OK even if the feature flag keeps the plugin from running. */
function enablePlugin(settings: ServerSettings): HttpAnswer {
  if (settings.appsPlugin === 'missing') {
    return appError(404, 'app.plugin.not_installed.app_error', 'Plugin is not installed.');
  }
  if (settings.appsPlugin === 'disabled') {
    settings.appsPlugin = 'running';
  }
  return json(200, { status: 'OK' });
}
