import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from '../core/deployer/listen-address.js';
import { METRICS_CONTENT_TYPE } from '../core/deployer/metrics-text.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { SECOND } from '../core/units.js';

/** What a server responds with at the moment. */
export interface MetricsPages {
  /** The metrics in the text format of Prometheus. */
  metrics(): string;
  health(): { readonly isHealthy: boolean; readonly line: string };
}

/** A server that listens. */
export interface MetricsServer {
  readonly port: number;
  /** Closes all connections at once. */
  close(): void;
}

/** A client sends nothing but a request line and a few headers. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5 * SECOND,
  requestTimeout: 5 * SECOND,
  keepAliveTimeout: 5 * SECOND,
  connectionsCheckingInterval: SECOND,
};
const MAX_CONNECTIONS = 50;

/**
 * Starts a server with the pages `/metrics` and `/healthz`, and nothing else.
 *
 * @param signal closes it
 * @throws AppsctlError CONFLICT when the port is in use, USAGE when it cannot listen there
 */
export async function startMetricsServer(
  address: ListenAddress,
  pages: MetricsPages,
  signal?: AbortSignal,
): Promise<MetricsServer> {
  const server = createServer(LIMITS, (request, response) => respond(request, response, pages));
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(address, error as NodeJS.ErrnoException);
  }
  // A connection that cannot be accepted, such as for lack of file descriptors, is its client's problem.
  server.on('error', () => {});
  const close = (): void => closeNow(server);
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) close();
  return { port: (server.address() as AddressInfo | null)?.port ?? address.port, close };
}

/** What is sent for a request. */
interface Page {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function respond(request: IncomingMessage, response: ServerResponse, pages: MetricsPages): void {
  const { status, text, headers } = pageFor(request, pages);
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function pageFor({ method = '', url = '' }: IncomingMessage, pages: MetricsPages): Page {
  const path = url.split('?', 1)[0];
  if (path !== '/metrics' && path !== '/healthz') return { status: 404, text: 'not found\n' };
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, text: 'method not allowed\n', headers: { Allow: 'GET, HEAD' } };
  }
  if (path === '/metrics') {
    return { status: 200, text: pages.metrics(), headers: { 'Content-Type': METRICS_CONTENT_TYPE } };
  }
  const { isHealthy, line } = pages.health();
  return { status: isHealthy ? 200 : 503, text: `${line}\n` };
}

function closeNow(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function listenError({ host, port }: ListenAddress, error: NodeJS.ErrnoException): AppsctlError {
  const place = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
  const fail = (code: 'CONFLICT' | 'USAGE', problem: string): AppsctlError =>
    new AppsctlError(code, `cannot listen on ${place}: ${problem}`, {
      hint: ({ listen }) => `choose another one with ${listen}`,
      cause: error,
    });
  switch (error.code) {
    case 'EADDRINUSE':
      return fail('CONFLICT', 'another program uses it');
    case 'EACCES':
      return fail('USAGE', 'permission denied');
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAFNOSUPPORT':
      return fail('USAGE', 'this machine does not have the address');
    default:
      return fail('USAGE', error.code ?? error.message);
  }
}
