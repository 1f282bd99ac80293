/** The version of the Apps plugin that this server has. */
export const PLUGIN_VERSION = '1.2.2';

/** How a server is set up. A test may change it while the server runs, as an administrator may. */
export interface ServerSettings {
  version: string;
  /** MM_FEATUREFLAGS_APPSENABLED: without it the Apps plugin does not run, whatever else is set. */
  appsFeatureFlag: boolean;
  /** PluginSettings.Enable: whether there are plugins at all. */
  pluginsEnabled: boolean;
  /** What became of the Apps plugin. */
  appsPlugin: 'running' | 'disabled' | 'failed to start' | 'missing';
  /** What the plugin says of itself; it always behaves as version 1.2.2 does. */
  pluginVersion: string;
  /** ServiceSettings.EnforceMultifactorAuthentication: no account here has set it up. */
  mfaEnforced: boolean;
  /** ServiceSettings.EnableOAuthServiceProvider: without it no app can be installed. */
  oauthServiceProvider: boolean;
  /** ServiceSettings.EnableIncomingWebhooks. */
  incomingWebhooks: boolean;
}

/** The last version on which the Apps plugin runs without a feature flag. */
const DEFAULT_VERSION = '9.11.0';
/** From this one on the feature flag is off unless the environment of the server sets it. */
const FLAG_OFF_SINCE = 10;

export function serverSettings(changes: Partial<ServerSettings> = {}): ServerSettings {
  const version = changes.version ?? DEFAULT_VERSION;
  return {
    version,
    appsFeatureFlag: Number.parseInt(version, 10) < FLAG_OFF_SINCE,
    pluginsEnabled: true,
    appsPlugin: 'running',
    pluginVersion: PLUGIN_VERSION,
    mfaEnforced: false,
    oauthServiceProvider: true,
    incomingWebhooks: true,
    ...changes,
  };
}

/** Whether requests reach the Apps plugin. */
export function isPluginRunning({ pluginsEnabled, appsFeatureFlag, appsPlugin }: ServerSettings): boolean {
  return pluginsEnabled && appsFeatureFlag && appsPlugin === 'running';
}
