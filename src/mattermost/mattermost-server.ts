import { settleAll } from '../core/async/concurrency.js';
import { DEPLOY_TYPE, type Installation } from '../core/deploy/installation.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import { goJson } from '../core/json/go-json.js';
import type { JsonObject } from '../core/json/strict-json.js';
import { normalizedManifest } from '../core/manifest/encode.js';
import type { Manifest } from '../core/manifest/manifest.js';
import type { ListedApp, Mattermost } from '../core/ports/mattermost.js';
import { DEFAULT_TIMEOUTS } from '../core/timeouts.js';
import type { HttpNetwork } from '../http/network.js';
import { APPS_PLUGIN, checkPluginVersion, diagnoseMissingPlugin, enforcesMfa } from './diagnose-plugin.js';
import { parseReason } from './error-text.js';
import { MattermostApi } from './mattermost-api.js';
import { explainObjection, findRefusalHint } from './refusal-hints.js';
import {
  isSameApp,
  parseApp,
  parseCallError,
  parseDeployTypes,
  parseInstallation,
  parseListedApps,
  parseListing,
  parsePong,
  parseRoles,
  parseServerVersion,
  UnexpectedResponse,
} from './responses.js';

const APPS_API = `/plugins/${APPS_PLUGIN}/api/v1`;

/** Requests to a server are few. */
const MAX_CONNECTIONS = 8;

const THE_SERVER = 'a Mattermost server';
const THE_PLUGIN = 'the Apps plugin';

/** Other ids have no endpoint, and cannot be those of bots. Rule: server/httpin/service.go of the Mattermost Apps plugin 1.2 */
const INSTALLABLE_ID = /^[A-Za-z0-9._-]+$/;

/** The plugin's own app, which offers what its REST API does not. */
const BUILT_IN_APP = 'apps';

/** A Mattermost server, reached through its REST API. */
export class MattermostServer implements Mattermost {
  readonly siteUrl: string;
  private readonly api: MattermostApi;

  /**
   * @param siteUrl the URL of the server, an http or https URL
   * @param token an access token of a system admin
   * @param timeout the milliseconds for a whole response, from the start of the request; not a limit for idle time
   * @param onEvent called for each request
   * @param network how requests leave this machine; directly by default
   */
  constructor(
    siteUrl: string,
    token: string,
    timeout: number = DEFAULT_TIMEOUTS.mattermost,
    onEvent: EventListener = () => {},
    network?: HttpNetwork,
  ) {
    this.siteUrl = siteUrl.replace(/\/+$/, '');
    this.api = new MattermostApi(
      this.siteUrl,
      token,
      timeout,
      onEvent,
      network?.createAgents(MAX_CONNECTIONS),
    );
  }

  async checkAccess(): Promise<void> {
    await settleAll(
      this.checkToken(),
      this.pluginVersion().then((version) => checkPluginVersion(this.siteUrl, version)),
    );
  }

  async serverVersion(): Promise<string> {
    const action = 'look up the version of the server';
    const body = await this.api.request(action, 'GET', '/api/v4/config/client?format=old');
    return this.parse(action, () => parseServerVersion(body), THE_SERVER);
  }

  async pluginVersion(): Promise<string> {
    const action = 'check the Apps plugin';
    const response = await this.api.send(action, 'POST', `${APPS_API}/ping`);
    if (response.status === 404) throw await diagnoseMissingPlugin(this.api);
    const body = this.api.expectSuccess(action, response);
    return this.parse(action, () => parsePong(body));
  }

  async listApps(): Promise<readonly ListedApp[]> {
    const action = 'list the apps';
    // Without include_plugins, the response lacks apps that are installed as plugins.
    const body = await this.api.request(action, 'GET', `${APPS_API}/marketplace?include_plugins=true`);
    return this.parse(action, () => parseListedApps(body));
  }

  async findListing(appId: string): Promise<JsonObject | undefined> {
    const query = new URLSearchParams({ include_plugins: 'true', filter: appId });
    const action = `look up app ${appId}`;
    const body = await this.api.request(action, 'GET', `${APPS_API}/marketplace?${query}`);
    return this.parse(action, () => parseListing(body, appId));
  }

  async findInstallation(appId: string): Promise<Installation | undefined> {
    if (!INSTALLABLE_ID.test(appId)) return undefined;
    const action = `look up the installed app ${appId}`;
    const response = await this.api.send(action, 'GET', `${APPS_API}/apps/${encodeURIComponent(appId)}`);
    const { status, text } = response;
    // The plugin's own 404, as opposed to that of a server without the plugin.
    if (status === 404 && /: not found\s*$/.test(text)) return undefined;
    if (status === 401 && text.startsWith('user ID is required') && (await enforcesMfa(this.api))) {
      const message = `cannot ${action}: ${this.siteUrl} enforces multi-factor authentication, which the user of the admin token has not set up`;
      throw new AppsctlError('ACCESS_DENIED', message, {
        hint: ({ adminToken }) =>
          `set it up for that user, or set ${adminToken} to the token of a bot account that is a system admin: bots do not need it`,
      });
    }
    const body = this.api.expectSuccess(action, response);
    return this.parse(action, () => parseInstallation(body, appId));
  }

  /** What the plugin offers when a user installs the app: no endpoint says how the server is configured. */
  async usableDeployTypes(appId: string): Promise<readonly string[]> {
    const action = `look up how app ${appId} can be installed`;
    const body = await this.callBuiltInApp(action, appId, '/install-listed', { app: appId });
    return this.parse(action, () => parseDeployTypes(body));
  }

  async list(manifest: Manifest): Promise<void> {
    const body = normalizedManifest(manifest);
    body.set('Replace', false);
    body.set('add_deploys', [DEPLOY_TYPE]);
    const action = `list app ${manifest.app_id}`;
    const response = await this.api.request(action, 'POST', `${APPS_API}/update-app-listing`, goJson(body));
    const app = this.parse(action, () => parseApp(response));
    if (!isSameApp(app, manifest)) throw this.api.unexpectedResponse(THE_PLUGIN, action);
  }

  async install(listed: Pick<Manifest, 'app_id' | 'version'>): Promise<void> {
    const { app_id: id, version } = listed;
    const body = JSON.stringify({ app_id: id, deploy_type: DEPLOY_TYPE });
    const action = `install app ${id}`;
    const response = await this.api.request(action, 'POST', `${APPS_API}/install-app`, body);
    const app = this.parse(action, () => parseApp(response));
    if (isSameApp(app, listed) && app.deploy_type === DEPLOY_TYPE) return;
    throw new AppsctlError(
      'CONFLICT',
      `cannot ${action}: ${this.siteUrl} installed a version other than ${version}, or did not install it from AWS`,
      { hint: ({ again }) => `another deployment may have listed the app at the same time: ${again}` },
    );
  }

  async uninstall(
    appId: string,
    { force = false }: { readonly force?: boolean | undefined } = {},
  ): Promise<void> {
    const action = `uninstall app ${appId}`;
    // The plugin's REST API cannot force it.
    if (force) await this.callBuiltInApp(action, appId, '/uninstall', { app: appId, force: true });
    else await this.changeInstalled(action, appId, 'uninstall-app');
  }

  async enable(appId: string): Promise<void> {
    await this.changeInstalled(`enable app ${appId}`, appId, 'enable-app');
  }

  async disable(appId: string): Promise<void> {
    await this.changeInstalled(`disable app ${appId}`, appId, 'disable-app');
  }

  private async changeInstalled(action: string, appId: string, endpoint: string): Promise<void> {
    const body = JSON.stringify({ app_id: appId });
    const response = await this.api.send(action, 'POST', `${APPS_API}/${endpoint}`, body);
    const error = explainObjection(action, appId, this.siteUrl, parseReason(response.text));
    if (response.status >= 400 && error !== undefined) throw error;
    this.api.expectSuccess(action, response);
  }

  /** Sends a call as the user of the token. Its response has the status 200 also when it is an error. */
  private async callBuiltInApp(action: string, appId: string, path: string, values: object): Promise<string> {
    const call = { path, values, expand: { acting_user: 'all' }, context: { app_id: BUILT_IN_APP } };
    const body = await this.api.request(action, 'POST', `${APPS_API}/call`, JSON.stringify(call));
    const reason = this.parse(action, () => parseCallError(body));
    if (reason === undefined) return body;
    throw (
      explainObjection(action, appId, this.siteUrl, reason) ??
      new AppsctlError('SERVICE', `cannot ${action}: ${this.siteUrl} responds: ${reason}`, {
        hint: findRefusalHint(200, reason),
      })
    );
  }

  private async checkToken(): Promise<void> {
    const action = 'check the admin token';
    const response = await this.api.send(action, 'GET', '/api/v4/users/me');
    if (response.status === 404) throw this.api.unexpectedResponse(THE_SERVER, action);
    const body = this.api.expectSuccess(action, response);
    const roles = this.parse(action, () => parseRoles(body), THE_SERVER);
    if (roles.includes('system_admin')) return;
    const message = `the admin token does not belong to a system admin of ${this.siteUrl}`;
    throw new AppsctlError('ACCESS_DENIED', message, {
      hint: ({ adminToken }) => `set ${adminToken} to a token of a user with the role system_admin`,
    });
  }

  /** @param sender what should have sent the response */
  private parse<Result>(action: string, parser: () => Result, sender = THE_PLUGIN): Result {
    try {
      return parser();
    } catch (error) {
      if (error instanceof UnexpectedResponse) throw this.api.unexpectedResponse(sender, action);
      throw error;
    }
  }
}
