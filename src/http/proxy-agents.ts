import {
  type AgentOptions,
  type ClientRequest,
  type ClientRequestArgs,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { chooseProxy, type HttpProxy, type ProxySettings } from '../core/http/proxy.js';
import { SECOND } from '../core/units.js';
import { ProxyError } from './proxy-error.js';

/**
 * Agents that send requests through proxies. Node.js has such agents from 24.5 on only (`proxyEnv`), and their errors do
 * not name the proxy.
 */

/** How long a proxy may take to connect to a host. */
const CONNECT_TIMEOUT_MS = 30 * SECOND;

type Options = AgentOptions & { readonly ca?: string[] };
type Created = (error: Error | null, socket: Duplex) => void;

/** Sends requests to https URLs through a tunnel (CONNECT): the proxy does not see their content. */
export class ProxyHttpsAgent extends HttpsAgent {
  constructor(
    options: Options,
    private readonly settings: ProxySettings | undefined,
  ) {
    super(options);
  }

  override createConnection(options: RequestOptions, callback?: Created): Duplex | null | undefined {
    const proxy = findProxy(this.settings, 'https:', options);
    if (proxy === undefined) return super.createConnection(options, callback);
    openTunnel(proxy, options, this.options.ca)
      .then((socket) => super.createConnection({ ...options, socket } as RequestOptions))
      .then(
        (socket) => callback?.(null, socket as Duplex),
        (error: Error) => callback?.(error, undefined as unknown as Duplex),
      );
    return undefined;
  }
}

/** Sends requests to http URLs to the proxy itself, which many proxies do not tunnel. */
export class ProxyHttpAgent extends HttpAgent {
  private readonly ca: string[] | undefined;

  constructor(
    { ca, ...options }: Options,
    private readonly settings: ProxySettings | undefined,
  ) {
    super(options);
    this.ca = ca;
  }

  /** Called by Node.js for each request, before its head is sent; not a part of the documented interface. */
  addRequest(request: ClientRequest, options: ClientRequestArgs): void {
    const proxy = findProxy(this.settings, 'http:', options);
    if (proxy !== undefined) {
      request.path = `http://${request.getHeader('host')}${request.path}`;
      if (proxy.authorization !== undefined) request.setHeader('proxy-authorization', proxy.authorization);
      request.once('response', (response) => checkResponse(request, response, proxy));
    }
    const base = HttpAgent.prototype as unknown as Pick<ProxyHttpAgent, 'addRequest'>;
    base.addRequest.call(this, request, proxy === undefined ? options : { ...options, ...addressOf(proxy) });
  }

  override createConnection(options: ClientRequestArgs, callback?: Created): Duplex | null | undefined {
    const proxy = this.settings?.http;
    const isToProxy =
      proxy !== undefined && options.host === proxy.host && Number(options.port) === proxy.port;
    if (!isToProxy) return super.createConnection(options, callback);
    const socket = proxy.isTls ? connectTls(tlsOptions(proxy, this.ca)) : connect(addressOf(proxy));
    const fail = (error: NodeJS.ErrnoException): void =>
      callback?.(unreachable(proxy, error, 'HTTP_PROXY'), socket);
    socket.once('error', fail);
    socket.once(proxy.isTls ? 'secureConnect' : 'connect', () => {
      socket.off('error', fail);
      callback?.(null, socket);
    });
    return undefined;
  }
}

function findProxy(
  settings: ProxySettings | undefined,
  protocol: 'http:' | 'https:',
  { host, port }: Pick<ClientRequestArgs, 'host' | 'port'>,
): HttpProxy | undefined {
  const target = { protocol, host: host ?? '', port: Number(port) };
  return settings && chooseProxy(settings, target);
}

function checkResponse(
  request: ClientRequest,
  { statusCode, statusMessage }: IncomingMessage,
  proxy: HttpProxy,
): void {
  if (statusCode === 407) request.destroy(refusal(proxy, statusCode, statusMessage));
}

/** Asks a proxy to connect to a host. */
function openTunnel(
  proxy: HttpProxy,
  { host, port }: RequestOptions,
  ca: ConnectionOptions['ca'],
): Promise<Socket> {
  const name = host?.includes(':') ? `[${host}]` : host;
  const path = `${name}:${port}`;
  return new Promise((resolve, reject) => {
    const send = proxy.isTls ? httpsRequest : httpRequest;
    const request = send({
      ...(proxy.isTls ? tlsOptions(proxy, ca) : addressOf(proxy)),
      method: 'CONNECT',
      path,
      agent: false,
      timeout: CONNECT_TIMEOUT_MS,
      headers: { host: path, ...(proxy.authorization && { 'proxy-authorization': proxy.authorization }) },
    });
    request.once('connect', ({ statusCode, statusMessage }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      return reject(refusal(proxy, statusCode, statusMessage, path));
    });
    // A response without a tunnel, of a server that is not a proxy.
    request.once('response', ({ statusCode, statusMessage }) => {
      request.destroy();
      reject(refusal(proxy, statusCode, statusMessage, path));
    });
    request.once('timeout', () =>
      request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
    );
    request.once('error', (error) => reject(unreachable(proxy, error, 'HTTPS_PROXY')));
    request.end();
  });
}

function unreachable(proxy: HttpProxy, error: NodeJS.ErrnoException, variable: string): ProxyError {
  const code = error.code ?? error.message;
  const hint = `check ${variable}, and NO_PROXY for hosts without a proxy`;
  return new ProxyError(proxy, `cannot be reached (${code})`, hint, code, error);
}

function refusal(proxy: HttpProxy, status = 0, statusText = '', target?: string): ProxyError {
  const reason = [status, statusText].join(' ').trim();
  const what = target === undefined ? 'refuses the request' : `does not connect to ${target}`;
  const hint =
    status === 407
      ? 'set the user and the password of the proxy: http://USER:PASSWORD@HOST:PORT'
      : 'check HTTPS_PROXY and what the proxy allows, and NO_PROXY for hosts without a proxy';
  return new ProxyError(proxy, `${what}: ${reason}`, hint);
}

function addressOf({ host, port }: HttpProxy): { host: string; port: number } {
  return { host, port };
}

function tlsOptions(proxy: HttpProxy, ca: ConnectionOptions['ca']): ConnectionOptions {
  // An address is not a server name.
  const servername = isIP(proxy.host) === 0 ? proxy.host : '';
  return { ...addressOf(proxy), servername, ...(ca !== undefined && { ca }) };
}
