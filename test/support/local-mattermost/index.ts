import { Accounts, type Authorization } from './accounts.js';
import { AwsUpstream } from './aws-upstream.js';
import { close, type HttpAnswer, type HttpRequest, listen } from './http-server.js';
import { callApp, type InstalledApp, notConfigured } from './install.js';
import { DEPLOY_TYPES, type Manifest } from './manifest.js';
import { answerPluginApi, PLUGIN_API, type PluginState } from './plugin-api.js';
import { PluginError } from './plugin-error.js';
import { answerServerApi } from './server-api.js';

export type { InstalledApp } from './install.js';

/** No request may have a longer body: 1 MiB. */
const BODY_LIMIT = 1024 * 1024;

export interface LocalMattermostOptions {
  /** A free port when absent. */
  port?: number;
  /** The four MM_APPS_* settings of the server; without them the AWS deploy type is not configured. */
  aws?: { accessKeyId: string; secretAccessKey: string; region: string; bucket: string; endpoint: string };
  /** Begins with the listed and installed apps of this one. */
  like?: Pick<LocalMattermost, 'listed' | 'installed'>;
  /** Sees each request before it acts, and may answer a fault. */
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
  | { kind: 'error'; status: number; message: string }
  /** The connection is cut before, or after, the request acted. */
  | { kind: 'resetBefore' }
  | { kind: 'resetAfter' }
  | { kind: 'blackHole' }
  /** The request acts, and its answer cannot be parsed. */
  | { kind: 'malformed' };

export interface LocalMattermost {
  siteUrl: string;
  /** The token of a system administrator, new in every run. */
  adminToken: string;
  /** The token of a user who is no administrator. */
  userToken: string;
  /** Listed manifests by app id. */
  listed: ReadonlyMap<string, Manifest>;
  installed: ReadonlyMap<string, InstalledApp>;
  /** Every request that was answered, in the order of the answers. */
  requests: readonly {
    method: string;
    path: string;
    status: number;
    body: string;
    authorization: Authorization;
  }[];
  /** Gives the server its four settings, as a restart with MM_APPS_* set would. */
  configureAws(aws: LocalMattermostOptions['aws']): void;
  /** Calls an installed app's function as the server does; returns the parsed call response. */
  call(appId: string, path: string, body?: Record<string, unknown>): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a Mattermost server with the Apps plugin on 127.0.0.1. */
export async function startLocalMattermost(options: LocalMattermostOptions = {}): Promise<LocalMattermost> {
  const accounts = new Accounts();
  const state: PluginState = {
    siteUrl: '',
    listed: new Map(options.like?.listed),
    installed: new Map(options.like?.installed),
    upstream: undefined,
  };
  const requests: LocalMattermost['requests'][number][] = [];
  let received = 0;

  function configureAws(aws: LocalMattermostOptions['aws']): void {
    state.upstream?.close();
    state.upstream = aws === undefined ? undefined : new AwsUpstream(aws);
  }

  async function act(request: HttpRequest) {
    const authorization = accounts.authorization(request.authorization);
    const answer = request.path.startsWith(`${PLUGIN_API}/`)
      ? await answerPluginApi(request, authorization, state)
      : answerServerApi(request, authorization, accounts);
    const { method, path, body = '' } = request;
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
        return { status: fault.status, contentType: 'text/plain; charset=utf-8', body: fault.message };
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

  const { server, url } = await listen(options.port ?? 0, BODY_LIMIT, respond);
  state.siteUrl = url;
  configureAws(options.aws);

  return {
    siteUrl: url,
    adminToken: accounts.admin.token,
    userToken: accounts.user.token,
    listed: state.listed,
    installed: state.installed,
    requests,
    configureAws,
    async call(appId, path, body = {}) {
      const app = state.installed.get(appId);
      if (app === undefined) {
        throw new PluginError(`app is not installed: ${appId}`, 'not found');
      }
      if (state.upstream === undefined) {
        throw new PluginError(notConfigured(DEPLOY_TYPES.aws_lambda), 'invalid input');
      }
      return callApp(app.manifest, state.upstream, url, { ...body, path });
    },
    async stop() {
      configureAws(undefined);
      await close(server);
    },
  };
}
