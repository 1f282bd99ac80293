import { isAdmin } from './accounts.js';
import type { CallRequest, CallResponse } from './aws-upstream.js';
import type { JsonObject } from './go-json.js';
import type { Call } from './manifest.js';
import { messageOf, PluginError, wrapped } from './plugin-error.js';
import {
  appJson,
  type InstalledApp,
  PLUGIN_PATH,
  type PluginRequest,
  type PluginState,
  requireDeployType,
} from './plugin-state.js';

/** The context of a call before anything is known: Go's zero values. */
const EMPTY_CONTEXT = { app_id: '', mattermost_site_url: '', app_path: '', bot_user_id: '', oauth2: {} };

/** Calls /ping of an app. A path that no function has is not an error, nor is a function that does not exist on AWS. */
export async function pingApp(
  state: PluginState,
  { manifest, deployType }: Pick<InstalledApp, 'manifest' | 'deployType'>,
  signal: AbortSignal,
): Promise<CallResponse | undefined> {
  requireDeployType(state, deployType);
  const request = { path: '/ping', context: EMPTY_CONTEXT };
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(state.timeouts.ping)]);
  try {
    return await state.upstream?.call(manifest, request, inTime);
  } catch (error) {
    if (error instanceof PluginError && error.kind === 'not found') {
      return undefined;
    }
    throw wrapped(error, 'failed to call /ping endpoint');
  }
}

/** Calls an app; whatever goes wrong is an answer of the type error. */
export async function callApp(request: PluginRequest, app: InstalledApp, call: Call): Promise<CallResponse> {
  try {
    const response = await sendCall(request, app, call);
    return { ...response, type: response.type || 'ok' };
  } catch (error) {
    return { type: 'error', text: messageOf(error) };
  }
}

/** Calls an app; throws what goes wrong on the way. */
export async function sendCall(request: PluginRequest, app: InstalledApp, call: Call): Promise<CallResponse> {
  const { state, signal } = request;
  requireDeployType(state, app.deployType);
  const { path = '', expand, state: data, ...rest } = call;
  const creq: CallRequest = {
    path,
    ...(expand !== undefined && { expand }),
    ...(data !== undefined && data !== null && { state: data }),
    ...rest,
    context: expandedContext(request, app, expand ?? {}),
  };
  try {
    return (await state.upstream?.call(app.manifest, creq, signal)) ?? {};
  } catch (error) {
    throw wrapped(error, 'upstream call failed');
  }
}

/** The context that is sent to an app with a call. Of what a call can expand, only the app and the acting user are supported. */
function expandedContext(
  { state, user }: PluginRequest,
  app: InstalledApp,
  expand: Readonly<Record<string, string>>,
): JsonObject {
  const { accounts, siteUrl } = state;
  const { app_id: id, version, requested_permissions: permissions = [] } = app.manifest;
  const level = (field: string): string => (expand[field] ?? '').replace(/^\+/, '');
  const bot = accounts.withId(app.botUserId);
  const { bot_user_id, bot_username, deploy_type, webhook_secret } = appJson(app, true);
  const isForAll = level('app') === 'all';
  const isForAdmin = isForAll && user !== undefined && isAdmin(user);
  return {
    ...EMPTY_CONTEXT,
    mattermost_site_url: siteUrl,
    app_path: `${PLUGIN_PATH}/apps/${id}`,
    bot_user_id: app.botUserId,
    ...(permissions.includes('act_as_bot') &&
      bot !== undefined && { bot_access_token: accounts.tokenOf(bot) }),
    ...(/^(summary|all)$/.test(level('app')) && {
      app: {
        app_id: id,
        ...(version !== undefined && { version }),
        ...(isForAll && { deploy_type }),
        ...(isForAdmin && webhook_secret !== undefined && { webhook_secret }),
        bot_user_id,
        bot_username,
      },
    }),
    ...(level('acting_user') !== '' &&
      user !== undefined && {
        acting_user:
          level('acting_user') === 'id'
            ? { id: user.id }
            : { id: user.id, username: user.username, roles: user.roles },
      }),
    ...(level('acting_user_access_token') === 'all' &&
      permissions.includes('act_as_user') &&
      user !== undefined && { acting_user_access_token: accounts.tokenOf(user) }),
  };
}
