import { Accounts, type Authorization, type User } from './accounts.js';
import { type AwsSettings, AwsUpstream } from './aws-upstream.js';
import { sendCall } from './calls.js';
import { close, type HttpAnswer, type HttpRequest, listen } from './http-server.js';
import type { Manifest } from './manifest.js';
import { servePlugin } from './plugin-requests.js';
import {
  findApp,
  type InstalledApp,
  type OAuthApp,
  type PluginState,
  type PluginTimeouts,
} from './plugin-state.js';
import { answerServerApi } from './server-api.js';
import { type ServerSettings, serverSettings } from './server-settings.js';
import { type IncomingWebhook, Webhooks } from './webhooks.js';

export interface LocalMattermostOptions {
  /** A free port when absent. */
  port?: number;
  /** The four MM_APPS_* settings of the server; without them the AWS deploy type is not configured. */
  aws?: AwsSettings;
  /** How the server is set up, where it differs from a server of version 9 with everything switched on. */
  server?: Partial<ServerSettings>;
  /** How long the plugin waits, where it differs from 30 s for a request and 5 s for /ping. */
  timeouts?: Partial<PluginTimeouts>;
  /** Begins with what this one has: listed and installed apps, their bots and OAuth 2.0 apps. */
  like?: Pick<LocalMattermost, 'stored'>;
  /** Sees each request before it acts, and may return a fault. */
  intercept?: (
    request: MattermostRequest,
  ) => MattermostFault | undefined | Promise<MattermostFault | undefined>;
}

export interface MattermostRequest {
  /** Its number since the start, from 0. */
  index: number;
  method: string;
  path: string;
}

export type MattermostFault =
  | { kind: 'error'; status: number; message: string; headers?: Record<string, string> }
  /** The connection is cut before, or after, the request acted. */
  | { kind: 'resetBefore' }
  | { kind: 'resetAfter' }
  | { kind: 'blackHole' }
  /** The request acts, and its response cannot be parsed. */
  | { kind: 'malformed' };

export type { PluginTimeouts } from './plugin-state.js';
export type { IncomingWebhook } from './webhooks.js';

/** What a server stores at the moment. */
export interface StoredState {
  /** Listed manifests by app id. */
  readonly listed: ReadonlyMap<string, Manifest>;
  readonly installed: ReadonlyMap<string, InstalledApp>;
  readonly oauthApps: ReadonlyMap<string, OAuthApp>;
  readonly bots: readonly User[];
}

export interface LocalMattermost {
  siteUrl: string;
  /** The token of a system administrator, new in every run. */
  adminToken: string;
  /** The token of a user who is not an administrator. */
  userToken: string;
  /** The token of a bot that is a system administrator. */
  botToken: string;
  /** How the server is set up; may be changed. */
  server: ServerSettings;
  stored: StoredState;
  listed: ReadonlyMap<string, Manifest>;
  installed: ReadonlyMap<string, InstalledApp>;
  /** Every request with a response, in the order of the responses. */
  requests: readonly {
    method: string;
    path: string;
    status: number;
    body: string;
    authorization: Authorization;
  }[];
  /** Gives the server its four settings, as a restart with MM_APPS_* set would. */
  configureAws(aws: AwsSettings | undefined): void;
  /** Creates an incoming webhook for a channel of its own. */
  createWebhook(): IncomingWebhook;
  /** Calls an installed app's function as the plugin does, for the administrator; returns the call response. */
  call(appId: string, path: string, call?: Record<string, unknown>): Promise<unknown>;
  stop(): Promise<void>;
}

/** As the plugin waits. */
const TIMEOUTS: PluginTimeouts = { request: 30_000, ping: 5_000 };

/** Starts a Mattermost server with the Apps plugin on 127.0.0.1. */
export async function startLocalMattermost(options: LocalMattermostOptions = {}): Promise<LocalMattermost> {
  const accounts = new Accounts();
  const webhooks = new Webhooks();
  const stored = structuredClone(options.like?.stored);
  for (const bot of stored?.bots ?? []) {
    accounts.add(bot);
  }
  const state: PluginState = {
    siteUrl: '',
    server: serverSettings(options.server),
    accounts,
    listed: new Map(stored?.listed),
    installed: new Map(stored?.installed),
    oauthApps: new Map(stored?.oauthApps),
    upstream: undefined,
    timeouts: { ...TIMEOUTS, ...options.timeouts },
  };
  const requests: LocalMattermost['requests'][number][] = [];
  let received = 0;

  function configureAws(aws: AwsSettings | undefined): void {
    state.upstream?.close();
    state.upstream = aws && new AwsUpstream(aws);
  }

  async function serve(request: HttpRequest): Promise<HttpAnswer> {
    if (request.path.startsWith('/plugins/')) {
      return servePlugin(request, state);
    }
    return request.path.startsWith('/hooks/')
      ? webhooks.answer(request, state.server)
      : answerServerApi(request, accounts, state.server);
  }

  async function act(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await serve(request);
    const { method, path, body } = request;
    const authorization = accounts.authorization(request.authorization);
    requests.push({ method, path, status: answer.status, body, authorization });
    return answer;
  }

  async function respond(request: HttpRequest): Promise<HttpAnswer | 'reset' | 'silence'> {
    const fault = await options.intercept?.({
      index: received++,
      method: request.method,
      path: request.path,
    });
    if (fault === undefined) return act(request);
    switch (fault.kind) {
      case 'error':
        return {
          status: fault.status,
          contentType: 'text/plain; charset=utf-8',
          ...(fault.headers && { headers: fault.headers }),
          body: fault.message,
        };
      case 'resetBefore':
        return 'reset';
      case 'resetAfter':
        await act(request);
        return 'reset';
      case 'blackHole':
        return 'silence';
      case 'malformed':
        await act(request);
        return { status: 200, contentType: 'application/json', body: '<html>{' };
    }
  }

  const { server, url } = await listen(options.port ?? 0, respond);
  state.siteUrl = url;
  configureAws(options.aws);

  return {
    siteUrl: url,
    adminToken: accounts.tokenOf(accounts.admin),
    userToken: accounts.tokenOf(accounts.user),
    botToken: accounts.tokenOf(accounts.deployBot),
    server: state.server,
    stored: {
      listed: state.listed,
      installed: state.installed,
      oauthApps: state.oauthApps,
      get bots() {
        return accounts.bots;
      },
    },
    listed: state.listed,
    installed: state.installed,
    requests,
    configureAws,
    createWebhook: () => webhooks.create(url),
    async call(appId, path, call = {}) {
      const request = { state, user: accounts.admin, signal: AbortSignal.timeout(state.timeouts.request) };
      return sendCall(request, findApp(state, appId), { ...call, path });
    },
    async stop() {
      configureAws(undefined);
      await close(server);
    },
  };
}
