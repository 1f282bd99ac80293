import { settleAll } from '../core/async/concurrency.js';
import { DEPLOY_TYPE, type Installation } from '../core/deploy/installation.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import { goJson } from '../core/json/go-json.js';
import type { JsonObject } from '../core/json/strict-json.js';
import { normalizedManifest } from '../core/manifest/encode.js';
import type { Manifest } from '../core/manifest/manifest.js';
import type { Mattermost } from '../core/ports/mattermost.js';
import { DEFAULT_TIMEOUTS } from '../core/timeouts.js';
import { APPS_PLUGIN, diagnoseMissingPlugin, enforcesMfa } from './diagnose-plugin.js';
import { MattermostApi } from './mattermost-api.js';
import {
  checkPong,
  isSameApp,
  parseApp,
  parseInstallation,
  parseListing,
  parseRoles,
  UnexpectedResponse,
} from './responses.js';

const APPS_API = `/plugins/${APPS_PLUGIN}/api/v1`;

const THE_SERVER = 'a Mattermost server';
const THE_PLUGIN = 'the Apps plugin';

/** A Mattermost server, reached through its REST API. */
export class MattermostServer implements Mattermost {
  readonly siteUrl: string;
  private readonly api: MattermostApi;

  /**
   * @param siteUrl the URL of the server, an http or https URL
   * @param token an access token of a system admin
   * @param timeout the milliseconds for a whole response, from the start of the request; not a limit for idle time
   * @param onEvent called for each request
   */
  constructor(
    siteUrl: string,
    token: string,
    timeout: number = DEFAULT_TIMEOUTS.mattermost,
    onEvent: EventListener = () => {},
  ) {
    this.siteUrl = siteUrl.replace(/\/+$/, '');
    this.api = new MattermostApi(this.siteUrl, token, timeout, onEvent);
  }

  async checkAccess(): Promise<void> {
    await settleAll(this.checkToken(), this.checkPlugin());
  }

  async findListing(appId: string): Promise<JsonObject | undefined> {
    // Without include_plugins, the response lacks apps that are installed as plugins.
    const query = new URLSearchParams({ include_plugins: 'true', filter: appId });
    const action = `look up app ${appId}`;
    const body = await this.api.request(action, 'GET', `${APPS_API}/marketplace?${query}`);
    return this.parse(action, () => parseListing(body, appId));
  }

  async findInstallation(appId: string): Promise<Installation | undefined> {
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

  async list(manifest: Manifest): Promise<void> {
    const body = normalizedManifest(manifest);
    body.set('Replace', false);
    body.set('add_deploys', [DEPLOY_TYPE]);
    const action = `list app ${manifest.app_id}`;
    const response = await this.api.request(action, 'POST', `${APPS_API}/update-app-listing`, goJson(body));
    const app = this.parse(action, () => parseApp(response));
    if (!isSameApp(app, manifest)) throw this.api.unexpectedResponse(THE_PLUGIN, action);
  }

  async install(manifest: Manifest): Promise<void> {
    const { app_id: id, version } = manifest;
    const body = JSON.stringify({ app_id: id, deploy_type: DEPLOY_TYPE });
    const action = `install app ${id}`;
    const response = await this.api.request(action, 'POST', `${APPS_API}/install-app`, body);
    const app = this.parse(action, () => parseApp(response));
    if (isSameApp(app, manifest) && app.deploy_type === DEPLOY_TYPE) return;
    throw new AppsctlError(
      'CONFLICT',
      `cannot ${action}: ${this.siteUrl} installed a version other than ${version}, or did not install it from AWS`,
      { hint: ({ again }) => `another deployment may have listed the app at the same time: ${again}` },
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

  /** This request requires no permission. */
  private async checkPlugin(): Promise<void> {
    const action = 'check the Apps plugin';
    const response = await this.api.send(action, 'POST', `${APPS_API}/ping`);
    if (response.status === 404) throw await diagnoseMissingPlugin(this.api);
    const body = this.api.expectSuccess(action, response);
    this.parse(action, () => checkPong(body));
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
