import type { Accounts, User } from './accounts.js';
import { isAdmin } from './accounts.js';
import type { AwsUpstream } from './aws-upstream.js';
import type { JsonObject } from './go-json.js';
import { type Call, DEPLOY_TYPES, isDeployType, type Manifest } from './manifest.js';
import { PluginError } from './plugin-error.js';
import { APPS_PLUGIN } from './server-api.js';
import { PLUGIN_VERSION, type ServerSettings } from './server-settings.js';

/** An OAuth 2.0 app of the server, as the server writes it. */
export interface OAuthApp extends JsonObject {
  id: string;
  client_secret: string;
}

export interface InstalledApp {
  /** The manifest that was listed when the app was installed. */
  manifest: Manifest;
  deployType: string;
  disabled: boolean;
  /** Absent when the installation made none. */
  webhookSecret?: string;
  botUserId: string;
  botUsername: string;
  oauthApp?: OAuthApp;
  /** What the function answered to /ping; absent when no function has the path. */
  pong?: unknown;
  iconBytes: number;
  /** The result of calling on_install; absent when the manifest has none. */
  onInstall?: unknown;
  /** The result of calling for the bindings; absent when the installation did not ask for them. */
  bindings?: unknown;
}

/** How long the plugin waits, in milliseconds. */
export interface PluginTimeouts {
  /** For a request, all calls in it included. */
  request: number;
  /** For an app's answer to /ping. */
  ping: number;
}

/** What the plugin knows: listed manifests, installed apps, and how to reach AWS when it is configured. */
export interface PluginState {
  siteUrl: string;
  server: ServerSettings;
  accounts: Accounts;
  listed: Map<string, Manifest>;
  installed: Map<string, InstalledApp>;
  oauthApps: Map<string, OAuthApp>;
  upstream: AwsUpstream | undefined;
  timeouts: PluginTimeouts;
}

/** A request as the plugin gets it. */
export interface PluginRequest {
  state: PluginState;
  /** Undefined if the server treats the request as unauthenticated. */
  user: User | undefined;
  /** Ends what the request still waits for. */
  signal: AbortSignal;
}

export const PLUGIN_PATH = `/plugins/${APPS_PLUGIN}`;

export function pluginUrl({ siteUrl }: PluginState): string {
  return `${siteUrl}${PLUGIN_PATH}`;
}

export function requireUser({ user }: PluginRequest): void {
  if (user === undefined) {
    throw new PluginError('user ID is required', 'unauthorized');
  }
}

export function requireAdmin({ user }: PluginRequest): void {
  if (user === undefined || !isAdmin(user)) {
    const message = 'access to this operation is limited to system administrators, or plugins';
    throw new PluginError(message, 'unauthorized');
  }
}

/** The built-in app of the plugin: it is always installed, and hides any other one with its id. */
export const BUILTIN_APP = 'apps';

function builtinApp({ accounts }: PluginState): InstalledApp {
  const manifest: Manifest = {
    app_id: BUILTIN_APP,
    version: PLUGIN_VERSION,
    homepage_url: '',
    display_name: 'Mattermost Apps plugin',
    description: 'Install and manage Mattermost Apps',
    bindings: { path: '/bindings', expand: { acting_user: 'summary', locale: 'all' } },
    requested_locations: ['/command'],
  };
  const { id: botUserId, username: botUsername } = accounts.appsBot;
  return { manifest, deployType: 'builtin', disabled: false, botUserId, botUsername, iconBytes: 0 };
}

export function findApp(state: PluginState, id: string): InstalledApp {
  const app = id === BUILTIN_APP ? builtinApp(state) : state.installed.get(id);
  if (app === undefined) {
    throw new PluginError(`app ${id} is not installed`, 'not found');
  }
  return app;
}

/** An app that users may call. */
export function findEnabledApp(state: PluginState, id: string): InstalledApp {
  const app = findApp(state, id);
  if (app.deployType !== 'builtin') {
    if (app.disabled) {
      throw new PluginError(`app is disabled by the administrator: ${id}`, 'forbidden');
    }
    if (!state.listed.has(id)) {
      throw new PluginError(`app is no longer listed: ${id}`, 'forbidden');
    }
  }
  return app;
}

export function canDeploy({ upstream }: PluginState, deployType: string): boolean {
  return deployType === 'aws_lambda' && upstream !== undefined;
}

export function requireDeployType(state: PluginState, deployType: string): void {
  if (!canDeploy(state, deployType)) {
    const name = deployName(deployType);
    throw new PluginError(`deployment type "${name}" is not configured on this Mattermost server`);
  }
}

export function deployName(deployType: string): string {
  return isDeployType(deployType) ? DEPLOY_TYPES[deployType] : deployType;
}

/**
 * An installed app as the plugin writes it.
 *
 * @param withSecrets whether for an administrator
 */
export function appJson(app: InstalledApp, withSecrets: boolean): JsonObject {
  const { manifest, deployType, disabled, webhookSecret, botUserId, botUsername, oauthApp } = app;
  const { requested_permissions: permissions, requested_locations: locations } = manifest;
  return {
    ...Object.fromEntries(Object.entries(manifest).filter(([, value]) => value !== '')),
    deploy_type: deployType,
    ...(disabled && { disabled }),
    ...(withSecrets && webhookSecret !== undefined && { webhook_secret: webhookSecret }),
    bot_user_id: botUserId,
    bot_username: botUsername,
    ...(withSecrets && oauthApp !== undefined && { mattermost_oauth2: oauthApp }),
    remote_oauth2: {},
    ...(permissions !== undefined && { granted_permissions: permissions }),
    ...(locations !== undefined && { granted_locations: locations }),
  };
}

/** The call of a manifest with a path, if it names none. */
export function withDefaultPath(call: Call | undefined, path: string): Call {
  return { ...call, path: call?.path || path };
}
