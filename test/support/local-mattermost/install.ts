import type { AwsUpstream } from './aws-upstream.js';
import { DEPLOY_TYPES, isDeployType, type JsonObject, type Manifest } from './manifest.js';
import { PluginError } from './plugin-error.js';

export interface InstalledApp {
  manifest: Manifest;
  deployType: string;
  /** What the function answered to /ping; absent when no function has the path. */
  pong?: unknown;
  iconBytes: number;
  /** What the function answered to on_install; absent when the manifest has none. */
  onInstall?: unknown;
  /** What the function answered when the server asked for its bindings; absent when the app asks for no location. */
  bindings?: unknown;
}

/** Installs a listed app as the server does: /ping, then the icon, then on_install, then the bindings. */
export async function installApp(
  manifest: Manifest,
  deployType: string,
  upstream: AwsUpstream | undefined,
  siteUrl: string,
): Promise<InstalledApp> {
  if (!isDeployType(deployType)) {
    throw new PluginError(`app does not support ${deployType} deployment`, 'invalid input');
  }
  const deployName = DEPLOY_TYPES[deployType];
  if (manifest[deployType] === undefined) {
    throw new PluginError(`app does not support ${deployName} deployment`, 'invalid input');
  }
  if (deployType !== 'aws_lambda' || upstream === undefined) {
    throw new PluginError(notConfigured(deployName), 'invalid input');
  }

  const app: InstalledApp = { manifest, deployType, iconBytes: 0 };
  const pong = await ping(manifest, upstream);
  if (pong !== undefined) {
    app.pong = pong;
  }
  if (manifest.icon !== undefined) {
    app.iconBytes = await fetchIcon(manifest, manifest.icon, upstream);
  }
  if (manifest.on_install !== undefined) {
    app.onInstall = await callOnInstall(manifest, manifest.on_install, upstream, siteUrl);
  }
  if ((manifest.requested_locations ?? []).length > 0) {
    app.bindings = await callForBindings(manifest, upstream, siteUrl);
  }
  return app;
}

export function notConfigured(deployName: string): string {
  return `deployment type "${deployName}" is not configured on this Mattermost server`;
}

/** Calls the app; the call is one of the manifest's, or a path with the values and whatever else the caller gives. */
export function callApp(
  manifest: Manifest,
  upstream: AwsUpstream,
  siteUrl: string,
  call: JsonObject,
): Promise<unknown> {
  const path = typeof call['path'] === 'string' ? call['path'] : '';
  const context = {
    app_id: manifest.app_id,
    mattermost_site_url: siteUrl,
    app_path: `/plugins/com.mattermost.apps/apps/${manifest.app_id}`,
  };
  return upstream.call(manifest, path, { context, ...call });
}

/** An app without a function for /ping can be installed; any other failure is the end of the installation. */
async function ping(manifest: Manifest, upstream: AwsUpstream): Promise<unknown> {
  try {
    return await upstream.call(manifest, '/ping', { path: '/ping', context: {} });
  } catch (error) {
    if (error instanceof PluginError && error.status === 404) {
      return undefined;
    }
    throw new PluginError(`failed to install, /ping path is not accessible: ${messageOf(error)}`);
  }
}

async function fetchIcon(manifest: Manifest, icon: string, upstream: AwsUpstream): Promise<number> {
  try {
    return (await upstream.getStatic(manifest, icon)).byteLength;
  } catch (error) {
    throw new PluginError(`failed get bot icon: ${messageOf(error)}`);
  }
}

async function callOnInstall(
  manifest: Manifest,
  call: JsonObject,
  upstream: AwsUpstream,
  siteUrl: string,
): Promise<unknown> {
  try {
    return await callApp(manifest, upstream, siteUrl, call);
  } catch (error) {
    throw new PluginError(`on_install failed: ${messageOf(error)}`);
  }
}

/** The server installs an app whose bindings fail, and shows the error. */
async function callForBindings(manifest: Manifest, upstream: AwsUpstream, siteUrl: string): Promise<unknown> {
  try {
    return await callApp(manifest, upstream, siteUrl, { path: '/bindings', ...manifest.bindings });
  } catch (error) {
    return { type: 'error', text: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
