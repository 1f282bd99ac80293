import type { Authorization } from './accounts.js';
import type { AwsUpstream } from './aws-upstream.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import { type InstalledApp, installApp } from './install.js';
import { updatedListing } from './listing.js';
import { isObject, type JsonObject, type Manifest } from './manifest.js';
import { PluginError } from './plugin-error.js';
import { json } from './server-api.js';

export const PLUGIN_API = '/plugins/com.mattermost.apps/api/v1';

const PLUGIN_VERSION = 'v1.2.2';

/** What the plugin knows: listed manifests, installed apps, and how to reach AWS when it is configured. */
export interface PluginState {
  siteUrl: string;
  listed: Map<string, Manifest>;
  installed: Map<string, InstalledApp>;
  upstream: AwsUpstream | undefined;
}

/** The REST API of the Apps plugin, without its prefix. Errors are plain text. */
export async function answerPluginApi(
  request: HttpRequest,
  authorization: Authorization,
  state: PluginState,
): Promise<HttpAnswer> {
  try {
    return await route(request, authorization, state);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return plainText(error instanceof PluginError ? error.status : 500, message);
  }
}

async function route(
  request: HttpRequest,
  authorization: Authorization,
  state: PluginState,
): Promise<HttpAnswer> {
  const endpoint = `${request.method} ${request.path.slice(PLUGIN_API.length)}`;
  const appId = /^GET \/apps\/([^/]+)$/.exec(endpoint)?.[1];
  if (appId !== undefined) {
    requireAdmin(authorization);
    const app = state.installed.get(appId);
    if (app === undefined) {
      throw new PluginError(appId, 'not found');
    }
    return json(200, { ...app.manifest, deploy_type: app.deployType });
  }

  switch (endpoint) {
    case 'POST /ping':
      requireUser(authorization);
      return json(200, { version: PLUGIN_VERSION });
    case 'GET /marketplace':
      requireUser(authorization);
      return json(
        200,
        [...state.listed.values()]
          .filter((manifest) => isFound(manifest, request.query))
          .map((manifest) => ({
            manifest,
            installed: state.installed.has(manifest.app_id),
            enabled: state.installed.has(manifest.app_id),
          })),
      );
    case 'POST /update-app-listing': {
      requireAdmin(authorization);
      const update = decodeBody(request.body);
      const manifest = updatedListing(state.listed.get(String(update['app_id'])), update);
      state.listed.set(manifest.app_id, manifest);
      return json(200, manifest);
    }
    case 'POST /install-app': {
      requireAdmin(authorization);
      const input = decodeBody(request.body);
      const id = String(input['app_id'] ?? '');
      const manifest = state.listed.get(id);
      if (manifest === undefined) {
        throw new PluginError(`failed to find manifest to install app: ${id}`, 'not found');
      }
      const deployType = String(input['deploy_type'] ?? '');
      state.installed.set(id, await installApp(manifest, deployType, state.upstream, state.siteUrl));
      return { status: 200, contentType: 'text/plain; charset=utf-8', body: '' };
    }
    default:
      return plainText(404, '404 page not found');
  }
}

/** The filter is looked for in id and name of an app. */
function isFound(manifest: Manifest, query: URLSearchParams): boolean {
  const filter = (query.get('filter') ?? '').toLowerCase();
  return [manifest.app_id, String(manifest['display_name'] ?? '')].some((text) =>
    text.toLowerCase().includes(filter),
  );
}

function requireUser(authorization: Authorization): void {
  if (authorization !== 'admin' && authorization !== 'user') {
    throw new PluginError('user is required', 'unauthorized');
  }
}

function requireAdmin(authorization: Authorization): void {
  requireUser(authorization);
  if (authorization !== 'admin') {
    throw new PluginError('access to this operation is limited to system administrators', 'forbidden');
  }
}

function decodeBody(body: string | undefined): JsonObject {
  if (body === undefined) {
    throw new PluginError('failed to unmarshal input: request body too large', 'invalid input');
  }
  let decoded: unknown;
  try {
    decoded = JSON.parse(body);
  } catch {
    throw new PluginError('failed to unmarshal input: no valid JSON', 'invalid input');
  }
  if (!isObject(decoded)) {
    throw new PluginError('failed to unmarshal input: no JSON object', 'invalid input');
  }
  return decoded;
}

function plainText(status: number, message: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${message}\n` };
}
