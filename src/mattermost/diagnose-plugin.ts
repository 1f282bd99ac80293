import * as z from 'zod/mini';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Hint } from '../core/diagnostics/vocabulary.js';
import { oneLine, parseJson } from './error-text.js';
import type { MattermostApi } from './mattermost-api.js';

/** The id of the Apps plugin, which is part of its URLs. */
export const APPS_PLUGIN = 'com.mattermost.apps';

const FLAG_HINT =
  'start the server with MM_FEATUREFLAGS_APPSENABLED=true: Mattermost 10.0 and later disable Apps by default';
/** Earlier versions of the plugin lack endpoints that appsctl uses. */
const MIN_PLUGIN_VERSION = '1.2.0';
/** What the plugin requires. Source: min_server_version in its plugin.json */
const MIN_SERVER_VERSION = '7.7.0';
const INSTALL_HINT = `upload the plugin ${APPS_PLUGIN} in the System Console (Plugin Management) and enable it`;

/** All values are strings, feature flags too. Rule: GenerateLimitedClientConfig of the Mattermost server. */
const configSchema = z.object({
  Version: z.optional(z.string()),
  FeatureFlagAppsEnabled: z.optional(z.string()),
  EnforceMultifactorAuthentication: z.optional(z.string()),
});
type ClientConfig = z.infer<typeof configSchema>;

const statusSchema = z.object({ plugin_id: z.string(), state: z.number(), error: z.optional(z.string()) });
type PluginStatus = z.infer<typeof statusSchema>;

/** Plugin states. Rule: the constants PluginState… of the Mattermost server. */
const STATE = { notRunning: 0, failedToStart: 3, failedToStayRunning: 4 } as const;

/**
 * Finds out why requests to the Apps plugin get a 404, which has several causes. Sends two more requests, and explains
 * as much as their responses allow.
 *
 * @returns the error to throw
 */
export async function diagnoseMissingPlugin(api: MattermostApi): Promise<AppsctlError> {
  const [config, statuses] = await Promise.all([readConfig(api), readStatuses(api)]);
  const status = statuses?.find(({ plugin_id: id }) => id === APPS_PLUGIN);
  const error = (message: string, hint: Hint): AppsctlError =>
    new AppsctlError('NOT_FOUND', message, { hint });
  const { siteUrl } = api;
  if (config?.Version !== undefined && isOlder(config.Version, MIN_SERVER_VERSION)) {
    return error(
      `the Apps plugin cannot run on ${siteUrl}: Mattermost ${config.Version} is too old`,
      `upgrade the server to Mattermost ${MIN_SERVER_VERSION} or later`,
    );
  }
  if (config?.FeatureFlagAppsEnabled === 'false') {
    const isMissing = statuses !== undefined && status === undefined;
    const hint = isMissing ? `${FLAG_HINT}; then ${INSTALL_HINT}` : FLAG_HINT;
    return error(`the Apps plugin of ${siteUrl} cannot run: the feature flag AppsEnabled is off`, hint);
  }
  if (statuses !== undefined && status === undefined) {
    return error(`the Apps plugin is not installed on ${siteUrl}`, INSTALL_HINT);
  }
  switch (status?.state) {
    case STATE.notRunning:
      return error(
        `the Apps plugin of ${siteUrl} is disabled`,
        `enable the plugin ${APPS_PLUGIN} in the System Console (Plugin Management)`,
      );
    case STATE.failedToStart:
    case STATE.failedToStayRunning: {
      const reason = oneLine(status.error ?? '');
      return error(
        `the Apps plugin of ${siteUrl} has failed${reason === '' ? '' : `: ${reason}`}`,
        'see the log of the Mattermost server',
      );
    }
    default:
      return error(
        `the Apps plugin of ${siteUrl} does not respond (404)`,
        (vocabulary) =>
          `check ${vocabulary.siteUrl}, that the plugin ${APPS_PLUGIN} is enabled, and, for Mattermost 10.0 and later, that the server is started with MM_FEATUREFLAGS_APPSENABLED=true`,
      );
  }
}

/**
 * Checks the version of the plugin.
 *
 * @throws AppsctlError SERVICE for one that appsctl cannot use
 */
export function checkPluginVersion(siteUrl: string, version: string): void {
  if (!isOlder(version, MIN_PLUGIN_VERSION)) return;
  throw new AppsctlError('SERVICE', `the Apps plugin of ${siteUrl} is too old: ${oneLine(version)}`, {
    hint: `upgrade the plugin ${APPS_PLUGIN} to version ${MIN_PLUGIN_VERSION} or later`,
  });
}

/** Compares versions as semantic versioning does; false for what is no version, such as that of a development build. */
function isOlder(version: string, minimum: string): boolean {
  const [found, wanted] = [version, minimum].map((text) =>
    /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number),
  );
  if (found === undefined || wanted === undefined) return false;
  const different = found.findIndex((part, index) => part !== wanted[index]);
  return different >= 0 && (found[different] ?? 0) < (wanted[different] ?? 0);
}

/** Whether the server treats users without multi-factor authentication as unauthenticated in requests to plugins. */
export async function enforcesMfa(api: MattermostApi): Promise<boolean> {
  return (await readConfig(api))?.EnforceMultifactorAuthentication === 'true';
}

async function readConfig(api: MattermostApi): Promise<ClientConfig | undefined> {
  return readIfPossible(api, '/api/v4/config/client?format=old', configSchema);
}

async function readStatuses(api: MattermostApi): Promise<readonly PluginStatus[] | undefined> {
  return readIfPossible(api, '/api/v4/plugins/statuses', z.array(statusSchema));
}

/** Reads what only serves to explain an error. Returns undefined when the request fails. */
async function readIfPossible<Schema extends z.ZodMiniType>(
  api: MattermostApi,
  path: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    const parsed = schema.safeParse(parseJson(await api.request('look up the Apps plugin', 'GET', path)));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (AppsctlError.is(error)) return undefined;
    throw error;
  }
}
