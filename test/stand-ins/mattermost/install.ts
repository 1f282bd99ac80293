import { createUser, newId, type User } from './accounts.js';
import { callApp, pingApp } from './calls.js';
import { isDeployType, type Manifest } from './manifest.js';
import { PluginError, wrapped } from './plugin-error.js';
import {
  BUILTIN_APP,
  deployName,
  type InstalledApp,
  type OAuthApp,
  type PluginRequest,
  type PluginState,
  pluginUrl,
  requireAdmin,
  requireDeployType,
  requireUser,
  withDefaultPath,
} from './plugin-state.js';

/**
 * Installs a listed app, or installs it again: /ping, then the icon, the bot, the OAuth 2.0 app; then it is installed,
 * and its on_install is called, or else its bindings, whatever that comes to.
 */
export async function installApp(
  request: PluginRequest,
  id: string,
  deployType: string,
): Promise<InstalledApp> {
  requireUser(request);
  requireAdmin(request);
  const { state, signal } = request;
  const manifest = state.listed.get(id);
  if (manifest === undefined) {
    throw new PluginError(`failed to find manifest to install app: ${id}`, 'not found');
  }
  if (!isDeployType(deployType) || manifest[deployType] === undefined) {
    throw new PluginError(`app does not support ${deployName(deployType)} deployment`);
  }
  requireDeployType(state, deployType);

  const previous = state.installed.get(id);
  const app: InstalledApp = {
    manifest,
    deployType,
    disabled: false,
    botUserId: '',
    botUsername: '',
    iconBytes: 0,
    ...(previous?.oauthApp !== undefined && { oauthApp: previous.oauthApp }),
  };
  const secret = getsNewWebhookSecret(manifest) ? newId() : previous?.webhookSecret;
  if (secret !== undefined) {
    app.webhookSecret = secret;
  }
  const pong = await pingApp(state, app, signal).catch((error: unknown) => {
    throw wrapped(error, 'failed to install, /ping path is not accessible');
  });
  if (pong !== undefined) {
    app.pong = pong;
  }
  app.iconBytes = await fetchIcon(state, manifest, signal);
  const bot = ensureBot(state, manifest);
  app.botUserId = bot.id;
  app.botUsername = bot.username;
  app.oauthApp ??= createOAuthApp(request, manifest);
  if (id !== BUILTIN_APP) {
    state.installed.set(id, app);
  }
  await callWhenInstalled(request, app);
  return app;
}

/** As the plugin has it: `and` binds more than `or`, so every app without the field gets a new secret each time. */
function getsNewWebhookSecret({
  requested_permissions: permissions = [],
  remote_webhook_auth_type: type = '',
}: Manifest): boolean {
  return (permissions.includes('remote_webhooks') && type === 'secret') || type === '';
}

async function fetchIcon(
  { upstream }: PluginState,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<number> {
  const { icon } = manifest;
  if (icon === undefined || upstream === undefined) {
    return 0;
  }
  try {
    return (await upstream.getStatic(manifest, icon, signal)).byteLength;
  } catch (error) {
    throw wrapped(error, `failed to get bot icon: failed to download icon: ${icon}`);
  }
}

/** The app's bot, by its id in lower case. An existing bot is taken over, regardless of who created it. */
function ensureBot(state: PluginState, { app_id: id, display_name: name }: Manifest): User {
  const username = id.toLowerCase();
  const owner = state.accounts.named(username);
  if (owner !== undefined && !owner.isBot) {
    return ensureBotNamed(state, `${username}-app`, name);
  }
  return ensureBotNamed(state, username, name);
}

/** Reserved names. */
const RESTRICTED = ['all', 'channel', 'matterbot', 'system'];

function ensureBotNamed({ accounts }: PluginState, username: string, displayName: string): User {
  const user = accounts.named(username);
  if (user === undefined) {
    if (!/^[a-z0-9._-]{1,64}$/.test(username) || RESTRICTED.includes(username)) {
      throw new PluginError('Bot.IsValid: Invalid username.');
    }
    // A bot has the address {username}@localhost.
    if (/^\.|\.\.|\.$/.test(username)) {
      throw new PluginError('User.IsValid: Invalid email.');
    }
    if ([...displayName].length > 64) {
      throw new PluginError('Bot.IsValid: Invalid user id.');
    }
    const bot = createUser(username, { displayName, isBot: true });
    accounts.add(bot);
    return bot;
  }
  if (!user.isBot) {
    throw new PluginError(`a user already owns the bot username ${username}`, 'already exists');
  }
  user.isActive = true;
  return user;
}

function createOAuthApp({ state, user }: PluginRequest, manifest: Manifest): OAuthApp {
  const { display_name: name, homepage_url: homepage, description = '', app_id: appId } = manifest;
  const fail = (reason: string): never => {
    throw new PluginError(`failed to create OAuth2 App: ${reason}`);
  };
  if (!state.server.oauthServiceProvider) {
    fail('CreateOAuthApp: The system admin has turned off OAuth2 Service Provider.');
  }
  const id = newId();
  if (name === '' || Buffer.byteLength(name) > 64) {
    fail(`OAuthApp.IsValid: Invalid name., app_id=${id}`);
  }
  if (!/^https?:\/\//.test(homepage) || Buffer.byteLength(homepage) > 256) {
    fail(`OAuthApp.IsValid: Homepage must be a valid URL and start with http:// or https://., app_id=${id}`);
  }
  if ([...description].length > 512) {
    fail(`OAuthApp.IsValid: Invalid description., app_id=${id}`);
  }
  const now = Date.now();
  const app = {
    id,
    creator_id: user?.id ?? '',
    create_at: now,
    update_at: now,
    client_secret: newId(),
    name,
    description,
    icon_url: '',
    callback_urls: [`${pluginUrl(state)}/apps/${appId}/oauth2/mattermost/complete`],
    homepage,
    is_trusted: false,
    mattermost_app_id: appId,
  };
  state.oauthApps.set(id, app);
  return app;
}

/** The app is installed already: what these calls come to is only written to the log of the server. */
async function callWhenInstalled(request: PluginRequest, app: InstalledApp): Promise<void> {
  const { on_install: onInstall, bindings, requested_locations: locations = [] } = app.manifest;
  if (onInstall !== undefined) {
    app.onInstall = await callApp(request, app, onInstall);
  } else if (locations.length > 0) {
    app.bindings = await callApp(request, app, withDefaultPath(bindings, '/bindings'));
  }
}
