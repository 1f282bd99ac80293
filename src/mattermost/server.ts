import * as z from 'zod/mini';
import { AppsctlError } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import { goJson } from '../core/json/go-json.js';
import {
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseStrictJson,
} from '../core/json/strict-json.js';
import { normalizedManifest } from '../core/manifest/encode.js';
import type { Manifest } from '../core/manifest/manifest.js';
import type { Mattermost } from '../core/ports.js';
import { type Answer, exchange, type Outgoing } from './exchange.js';

const APPS_API = '/plugins/com.mattermost.apps/api/v1';
/** The server may call the app when it installs it, for up to 30 s a call. */
const DEFAULT_TIMEOUT = 120_000;
/** As much of an error's body as is worth telling. */
const MAX_REASON = 500;

const userSchema = z.object({ roles: z._default(z.string(), '') });

/** A Mattermost server, reached through its REST API. */
export class MattermostServer implements Mattermost {
  readonly siteUrl: string;

  /**
   * @param siteUrl where the server is; checked by the caller to be an http or https URL
   * @param token an access token of a system admin
   * @param timeout milliseconds that a request may take
   * @param onEvent is told of each request
   */
  constructor(
    siteUrl: string,
    private readonly token: string,
    private readonly timeout: number = DEFAULT_TIMEOUT,
    private readonly onEvent: EventListener = () => {},
  ) {
    this.siteUrl = siteUrl.replace(/\/+$/, '');
  }

  async checkAccess(): Promise<void> {
    const body = await this.request('check the token of MM_ADMIN_TOKEN', 'GET', '/api/v4/users/me');
    const user = userSchema.safeParse(parseJson(body));
    if (!user.success) {
      throw new AppsctlError(
        'NETWORK',
        `cannot check the token of MM_ADMIN_TOKEN: ${this.siteUrl} does not answer like a Mattermost server`,
        {
          hint: 'check MM_SERVICESETTINGS_SITEURL',
        },
      );
    }
    if (!user.data.roles.split(' ').includes('system_admin')) {
      throw new AppsctlError(
        'ACCESS_DENIED',
        `the token of MM_ADMIN_TOKEN is not that of a system admin of ${this.siteUrl}`,
        {
          hint: 'create a token for a user with the role system_admin',
        },
      );
    }
  }

  async findListing(appId: string): Promise<JsonObject | undefined> {
    const query = new URLSearchParams({ filter: appId });
    const apps = await this.look(`look up app ${appId}`, `${APPS_API}/marketplace?${query}`);
    if (!Array.isArray(apps)) return undefined;
    for (const app of apps) {
      const manifest = app instanceof Map ? app.get('manifest') : undefined;
      if (manifest instanceof Map && manifest.get('app_id') === appId) return manifest;
    }
    return undefined;
  }

  async findInstallation(appId: string): Promise<JsonObject | undefined> {
    const app = await this.look(
      `look up the installed app ${appId}`,
      `${APPS_API}/apps/${encodeURIComponent(appId)}`,
    );
    return app instanceof Map ? app : undefined;
  }

  async list(manifest: Manifest): Promise<void> {
    const body = normalizedManifest(manifest);
    body.set('Replace', false);
    body.set('add_deploys', ['aws_lambda']);
    await this.request(`list app ${manifest.app_id}`, 'POST', `${APPS_API}/update-app-listing`, goJson(body));
  }

  async install(appId: string): Promise<void> {
    const body = JSON.stringify({ app_id: appId, deploy_type: 'aws_lambda' });
    await this.request(`install app ${appId}`, 'POST', `${APPS_API}/install-app`, body);
  }

  /** Asks for what only saves work if it is known: an answer that cannot be had or read counts as none. */
  private async look(doing: string, path: string): Promise<JsonValue | undefined> {
    try {
      return parseStrictJson(Buffer.from(await this.request(doing, 'GET', path)));
    } catch (error) {
      if (error instanceof JsonSyntaxError || (error instanceof AppsctlError && error.code === 'SERVICE'))
        return undefined;
      throw error;
    }
  }

  private async request(
    doing: string,
    method: Outgoing['method'],
    path: string,
    body?: string,
  ): Promise<string> {
    const headers = {
      Authorization: `BEARER ${this.token}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    const start = performance.now();
    const tell = (outcome: string): void =>
      this.onEvent({
        type: 'request',
        service: 'mattermost',
        operation: `${method} ${path}`,
        outcome,
        milliseconds: Math.round(performance.now() - start),
      });
    let answer: Answer;
    try {
      answer = await exchange({
        method,
        url: `${this.siteUrl}${path}`,
        headers,
        body,
        timeout: this.timeout,
      });
    } catch (error) {
      const { message } = error as Error;
      tell(message);
      throw new AppsctlError('NETWORK', `cannot ${doing}: ${this.siteUrl} does not answer (${message})`, {
        hint: 'check MM_SERVICESETTINGS_SITEURL, and that the server runs',
        cause: error,
      });
    }
    tell(String(answer.status));
    if (answer.status < 300) return answer.text;
    throw this.refusal(doing, answer);
  }

  private refusal(doing: string, { status, statusText, location, text }: Answer): AppsctlError {
    if (status < 400) {
      // The token must not follow to another host.
      const target = location ?? 'elsewhere';
      return new AppsctlError('NETWORK', `cannot ${doing}: ${this.siteUrl} redirects to ${target}`, {
        hint: 'set MM_SERVICESETTINGS_SITEURL to the address that answers itself',
      });
    }
    const reason = reasonOf(text) || statusText;
    const message = `cannot ${doing}: ${this.siteUrl} answers ${status}: ${reason}`;
    return new AppsctlError(status === 401 || status === 403 ? 'ACCESS_DENIED' : 'SERVICE', message, {
      hint: hintFor(status, reason),
    });
  }
}

function hintFor(status: number, reason: string): string | undefined {
  if (reason.includes('is not configured on this Mattermost server')) {
    return 'start the server with MM_APPS_AWS_ACCESS_KEY, MM_APPS_AWS_SECRET_KEY, MM_APPS_AWS_REGION and MM_APPS_S3_BUCKET set: appsctl aws init prints them';
  }
  if (status === 401) return 'check MM_ADMIN_TOKEN: the server does not accept it';
  if (status === 403) return 'MM_ADMIN_TOKEN must be the token of a system admin';
  if (status === 404) return 'check MM_SERVICESETTINGS_SITEURL, and that the Apps plugin is enabled';
  return undefined;
}

/** The message of an error: plain text from the Apps plugin, JSON from the server itself. */
function reasonOf(text: string): string {
  const message = z.object({ message: z.string() }).safeParse(parseJson(text));
  return (message.success ? message.data.message : text).trim().slice(0, MAX_REASON);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
