import { checkManifest } from './check-manifest.js';
import { decodeBody, type JsonObject } from './go-json.js';
import { DEPLOY_TYPES, decodeManifest, type Manifest, withSchemaVersion } from './manifest.js';
import { type PluginState, pluginUrl } from './plugin-state.js';
import { PLUGIN_VERSION } from './server-settings.js';

/** Stores a manifest, with the plugin's version as its schema version; returns it without that. */
export function updateListing(state: PluginState, body: string): Manifest {
  const update = decodeBody(body, 'appclient.UpdateAppListingRequest');
  const manifest = updatedListing(state.listed.get(String(update['app_id'])), update);
  state.listed.set(manifest.app_id, withSchemaVersion(manifest, PLUGIN_VERSION));
  return manifest;
}

/**
 * The manifest that update-app-listing returns.
 *
 * Unless the request says Replace, deploy types are merged: an earlier listing keeps its own, the request's replace
 * them, and one that is new to the listing has to be in add_deploys; those in remove_deploys go.
 */
function updatedListing(previous: Manifest | undefined, request: JsonObject): Manifest {
  const manifest = decodeManifest(request);
  checkManifest(manifest);
  if (request['Replace'] === true) {
    return manifest;
  }

  const merged: Manifest = { ...manifest };
  for (const type of Object.keys(DEPLOY_TYPES)) {
    const listed = previous?.[type];
    const fresh = manifest[type];
    const takesFresh = fresh !== undefined && (listed !== undefined || names(request['add_deploys'], type));
    const deploy = names(request['remove_deploys'], type) ? undefined : takesFresh ? fresh : listed;
    if (deploy === undefined) {
      delete merged[type];
    } else {
      merged[type] = deploy;
    }
  }
  return merged;
}

function names(list: unknown, type: string): boolean {
  return Array.isArray(list) && list.includes(type);
}

/** The listed apps that a filter finds, by name. */
export function marketplace(state: PluginState, query: URLSearchParams): JsonObject[] {
  const filter = (query.get('filter') ?? '').trim().toLowerCase();
  const includePlugins = /^(1|t|true)$/i.test(query.get('include_plugins') ?? '');
  return [...state.listed.values()]
    .filter((manifest) => isFound(manifest, filter) && (includePlugins || !isOnlyPlugin(manifest, state)))
    .sort((a, b) => (a.display_name.toLowerCase() < b.display_name.toLowerCase() ? -1 : 1))
    .map((manifest) => {
      const { app_id: id, icon } = manifest;
      const app = state.installed.get(id);
      return {
        manifest,
        installed: app !== undefined,
        enabled: app !== undefined && !app.disabled,
        ...(icon !== undefined && { icon_url: `${pluginUrl(state)}/apps/${id}/static/${icon}` }),
        ...(app?.disabled && {
          labels: [{ name: 'Disabled', description: 'This app is disabled.', url: '' }],
        }),
      };
    });
}

/** The whole id, or a part of name or description. */
function isFound({ app_id: id, display_name: name, description = '' }: Manifest, filter: string): boolean {
  return (
    id.toLowerCase() === filter || [name, description].some((text) => text.toLowerCase().includes(filter))
  );
}

/** Installed as a plugin, or not installed and nothing else. */
function isOnlyPlugin(manifest: Manifest, state: PluginState): boolean {
  const app = state.installed.get(manifest.app_id);
  if (app !== undefined) {
    return app.deployType === 'plugin';
  }
  const types = Object.keys(DEPLOY_TYPES).filter((type) => manifest[type] !== undefined);
  return types.length === 1 && types[0] === 'plugin';
}
