import { callApp } from './calls.js';
import { PluginError, wrapped } from './plugin-error.js';
import { findApp, type InstalledApp, type PluginRequest, requireAdmin, requireUser } from './plugin-state.js';

/**
 * Removes an installed app, its OAuth 2.0 app and what its bot may do; the listing stays.
 *
 * @param force whether also when the app itself objects
 */
export async function uninstallApp(request: PluginRequest, id: string, force: boolean): Promise<string> {
  requireUser(request);
  requireAdmin(request);
  const { state } = request;
  const app = findAppOr(request, id, `failed to get app, appID: ${id}`);
  const { display_name: name, on_uninstall: onUninstall } = app.manifest;
  let message = `Uninstalled ${name}`;
  if (onUninstall !== undefined) {
    const { type, text = '' } = await callApp(request, app, onUninstall);
    if (type === 'error') {
      if (!force) {
        throw new PluginError(`app canceled uninstall request: ${text}`);
      }
      message = `Force-uninstalled ${name}, despite error: ${text}`;
    } else if (type === 'ok') {
      message = `Uninstalled ${name}, with message: ${text}`;
    }
  }
  if (app.oauthApp !== undefined) {
    if (!state.server.oauthServiceProvider) {
      app.disabled = true;
      const reason = 'DeleteOAuthApp: The system admin has turned off OAuth2 Service Provider.';
      throw new PluginError(
        `failed to delete Mattermost OAuth2 for ${id}, the app is left disabled: ${reason}`,
      );
    }
    state.oauthApps.delete(app.oauthApp.id);
  }
  setBotActive(request, app, false);
  state.installed.delete(id);
  return message;
}

/** Lets users call an app again. What its on_enable comes to does not matter, except for its text. */
export async function enableApp(request: PluginRequest, id: string): Promise<string> {
  requireAdmin(request);
  const app = findAppOr(request, id, `failed to get app. appID: ${id}`);
  const { display_name: name, on_enable: onEnable } = app.manifest;
  if (!app.disabled) {
    return `${name} is already enabled`;
  }
  setBotActive(request, app, true);
  app.disabled = false;
  const response = onEnable && (await callApp(request, app, onEnable));
  return (response?.type !== 'error' && response?.text) || `Enabled ${name}`;
}

/** Prevents users from calling an app, which stays installed. */
export async function disableApp(request: PluginRequest, id: string): Promise<string> {
  requireAdmin(request);
  const app = findAppOr(request, id, `failed to get app. appID: ${id}`);
  const { display_name: name, on_disable: onDisable } = app.manifest;
  if (app.disabled) {
    return 'Already disabled';
  }
  const response = onDisable && (await callApp(request, app, onDisable));
  setBotActive(request, app, false);
  app.disabled = true;
  return (response?.type !== 'error' && response?.text) || `Disabled ${name}`;
}

function findAppOr({ state }: PluginRequest, id: string, message: string): InstalledApp {
  try {
    return findApp(state, id);
  } catch (error) {
    throw wrapped(error, message);
  }
}

function setBotActive({ state }: PluginRequest, { botUserId }: InstalledApp, isActive: boolean): void {
  const bot = state.accounts.withId(botUserId);
  if (bot !== undefined) {
    bot.isActive = isActive;
  }
}
