import { isAdmin } from './accounts.js';
import { callBuiltinApp } from './builtin-app.js';
import { callApp } from './calls.js';
import { decodeBody, isObject, type JsonObject } from './go-json.js';
import { type HttpAnswer, type HttpRequest, json, plainText } from './http-server.js';
import { installApp } from './install.js';
import { disableApp, enableApp, uninstallApp } from './lifecycle.js';
import { marketplace, updateListing } from './listing.js';
import type { Manifest } from './manifest.js';
import { messageOf, PluginError } from './plugin-error.js';
import {
  appJson,
  BUILTIN_APP,
  findApp,
  findEnabledApp,
  type InstalledApp,
  PLUGIN_PATH,
  type PluginRequest,
  requireAdmin,
  requireUser,
} from './plugin-state.js';

type Handler = (request: PluginRequest, http: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;

const API = `${PLUGIN_PATH}/api/v1`;

/** By method and path. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'POST /ping': ({ state }) => json(200, { version: state.server.pluginVersion }),
  'GET /marketplace': ({ state }, { query }) => json(200, marketplace(state, query)),
  'POST /update-app-listing': (request, { body }) => {
    requireAdmin(request);
    return json(200, updateListing(request.state, body));
  },
  'POST /install-app': async (request, { body }) => {
    const { app_id: id, deploy_type: deployType } = appInput(body);
    return json(200, appJson(await installApp(request, id, deployType), true));
  },
  'POST /uninstall-app': async (request, { body }) => {
    await uninstallApp(request, appInput(body).app_id, false);
    return { status: 200, body: '' };
  },
  'POST /enable-app': async (request, { body }) => text(await enableApp(request, appInput(body).app_id)),
  'POST /disable-app': async (request, { body }) => text(await disableApp(request, appInput(body).app_id)),
  'POST /call': call,
};

/** The REST API of the Apps plugin. Errors are plain text. */
export async function answerPluginApi(request: PluginRequest, http: HttpRequest): Promise<HttpAnswer> {
  const route = http.path.startsWith(`${API}/`) ? http.path.slice(API.length) : '';
  const handler = ROUTES[`${http.method} ${route}`] ?? appHandler(http.method, route);
  if (handler === undefined) {
    // A path that another method has: no body, and nothing that says which.
    const isKnown = appHandler('GET', route) ?? ROUTES[`GET ${route}`] ?? ROUTES[`POST ${route}`];
    return isKnown === undefined ? plainText(404, '404 page not found') : { status: 405, body: '' };
  }
  try {
    return await handler(request, http);
  } catch (error) {
    return plainText(error instanceof PluginError ? error.status : 500, messageOf(error));
  }
}

/** `GET /apps/{id}`: an id with other characters has no such path. */
function appHandler(method: string, route: string): Handler | undefined {
  const id = /^\/apps\/([A-Za-z0-9-_.]+)$/.exec(route)?.[1];
  if (id === undefined || method !== 'GET') {
    return undefined;
  }
  return (request) => {
    requireUser(request);
    const { state, user } = request;
    return json(200, appJson(findApp(state, id), user !== undefined && isAdmin(user)));
  };
}

function appInput(body: string): { app_id: string; deploy_type: string } {
  const input = decodeBody(body, 'apps.App');
  return { app_id: String(input['app_id'] ?? ''), deploy_type: String(input['deploy_type'] ?? '') };
}

function text(body: string): HttpAnswer {
  return { status: 200, contentType: 'text/plain; charset=utf-8', body };
}

/** A call by a user: always 200, whatever it comes to, if the request can be read. */
async function call(request: PluginRequest, { body }: HttpRequest): Promise<HttpAnswer> {
  const creq = decodeBody(body, 'apps.CallRequest');
  const context = isObject(creq['context']) ? creq['context'] : {};
  const id = String(context['app_id'] ?? '');
  if (id === '') {
    throw new PluginError('app ID is not set in Call request', 'invalid input');
  }
  let app: InstalledApp | undefined;
  let response: JsonObject;
  try {
    requireUser(request);
    app = findEnabledApp(request.state, id);
    checkUserPath(app.manifest, String(creq['path'] ?? ''));
    const { context: _, ...rest } = creq;
    response = id === BUILTIN_APP ? await callBuiltinApp(request, rest) : await callApp(request, app, rest);
  } catch (error) {
    response = { type: 'error', text: messageOf(error) };
  }
  const metadata = app && { bot_user_id: app.botUserId, bot_username: app.botUsername };
  return json(200, { ...response, app_metadata: metadata ?? {} });
}

/** The fields of a manifest with calls that only the plugin makes, and their paths where it names none. */
const PLUGIN_CALLS: Readonly<Record<string, string | undefined>> = {
  on_install: undefined,
  on_uninstall: undefined,
  on_version_changed: undefined,
  on_enable: undefined,
  on_disable: undefined,
  get_oauth2_connect_url: '/oauth2/connect',
  on_oauth2_complete: '/oauth2/complete',
  on_remote_webhook: '/webhook',
};

function checkUserPath(manifest: Manifest, path: string): void {
  if (!path.startsWith('/')) {
    throw new PluginError(`call path must start with a "/": "${path}"`, 'invalid input');
  }
  if (path === '/ping') {
    throw new PluginError(`forbidden call path: path ${path} defined as /ping`);
  }
  for (const [field, otherwise] of Object.entries(PLUGIN_CALLS)) {
    const own = manifest[field];
    if ((isObject(own) ? own['path'] : otherwise) === path) {
      throw new PluginError(`forbidden call path: path ${path} defined as ${field}.path`);
    }
  }
}
