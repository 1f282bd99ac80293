import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { urlName } from '../core/bundle/app-location.js';
import { explainCertificateError } from '../core/diagnostics/certificate-error.js';
import { AppsctlError, type ErrorCode } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import type { Hint } from '../core/diagnostics/vocabulary.js';
import { isUnencrypted, parseUrl } from '../core/http-url.js';
import type { Download, DownloadSource } from '../core/ports/download.js';
import { SECOND } from '../core/units.js';
import type { Agents } from './network.js';
import { ProxyError } from './proxy-error.js';
import { measureRequest } from './request-events.js';

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** The content must arrive as it is: its size and checksum are checked. */
const HEADERS = { 'User-Agent': 'appsctl', Accept: '*/*', 'Accept-Encoding': 'identity' };

export interface DownloadOptions {
  /** Milliseconds without a byte. */
  readonly idleTimeout: number;
  /** For proxies and own certificates; undefined for those of Node.js. */
  readonly agents: Agents | undefined;
  /** Called for each request. */
  readonly onEvent: EventListener;
}

/**
 * A file that is downloaded from a URL, which may have a user and a password. Redirects are followed to https only, and
 * without user and password.
 *
 * @param url an https URL, or an http URL of this machine
 */
export function httpSource(url: URL, options: DownloadOptions): DownloadSource {
  return { name: urlName(url), open: (signal) => open(url, options, signal) };
}

async function open(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<Download> {
  const name = urlName(url);
  const fail = (reason: string, code: ErrorCode = 'NETWORK', hint?: Hint, cause?: unknown): AppsctlError =>
    new AppsctlError(code, `cannot download ${name}: ${reason}`, { hint, cause });
  const explain = (error: unknown): AppsctlError => explainFailure(error, options, fail);
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const response = await send(target, options, signal).catch((error: unknown) => {
      throw explain(error);
    });
    const { statusCode: status = 0, statusMessage = '', headers } = response;
    if (status === 200) {
      checkEncoding(headers['content-encoding'], fail);
      const length = Number(headers['content-length'] ?? Number.NaN);
      return {
        length: Number.isSafeInteger(length) ? length : undefined,
        chunks: chunksOf(response, explain),
      };
    }
    response.destroy();
    if (!REDIRECTS.includes(status) || headers.location === undefined)
      throw refusal(status, statusMessage, fail);
    if (redirects === MAX_REDIRECTS) throw fail(`it redirects more than ${MAX_REDIRECTS} times`);
    target = redirectTarget(headers.location, target, fail);
  }
}

type Fail = (reason: string, code?: ErrorCode, hint?: Hint, cause?: unknown) => AppsctlError;

function send(
  url: URL,
  { idleTimeout, agents, onEvent }: DownloadOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const report = measureRequest({ service: 'download', operation: `GET ${urlName(url)}` }, onEvent);
  const isTls = url.protocol === 'https:';
  const agent = isTls ? agents?.https : agents?.http;
  const options: RequestOptions = { headers: HEADERS, signal, timeout: idleTimeout, agent };
  return new Promise((resolve, reject) => {
    const request = (isTls ? httpsRequest : httpRequest)(url.href, options);
    let response: IncomingMessage | undefined;
    request.once('response', (received) => {
      response = received;
      report(String(received.statusCode));
      resolve(received);
    });
    request.on('timeout', () => (response ?? request).destroy(new IdleError()));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (response === undefined) report(error.code ?? error.name);
      reject(error);
    });
    // Without an error when the server switches to another protocol. No effect after a response.
    request.on('close', () => reject(Object.assign(new Error(), { code: 'ECONNRESET' })));
    request.end();
  });
}

/** Thrown when no byte has arrived for too long. */
class IdleError extends Error {
  override readonly name = 'IdleError';
}

async function* chunksOf(
  response: IncomingMessage,
  explain: (error: unknown) => AppsctlError,
): AsyncGenerator<Buffer> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (error) {
    throw explain(error);
  } finally {
    response.destroy();
  }
}

function redirectTarget(location: string, base: URL, fail: Fail): URL {
  const target = parseUrl(location, base);
  if (target === undefined) throw fail('it redirects to what is not a URL');
  const isFromThisMachine = base.protocol === 'http:';
  if (
    target.protocol !== 'https:' &&
    (!isFromThisMachine || target.protocol !== 'http:' || isUnencrypted(target.href))
  ) {
    throw fail(`it redirects to ${urlName(target)}, which is not https`);
  }
  target.username = '';
  target.password = '';
  return target;
}

/** What is compressed on its way has another size and checksum. */
function checkEncoding(encoding: string | undefined, fail: Fail): void {
  if (encoding === undefined || /^(?:identity)?$/i.test(encoding)) return;
  throw fail(`the server compresses it (${encoding}), although that was not requested`, 'SERVICE');
}

function refusal(status: number, statusText: string, fail: Fail): AppsctlError {
  const reason = `the server responds with ${[status, statusText].join(' ').trim()}`;
  if (status === 404 || status === 410) return fail(reason, 'NOT_FOUND', 'check the URL');
  if (status === 401 || status === 403) {
    return fail(reason, 'ACCESS_DENIED', 'check the URL: it may have expired, or lack a user and a password');
  }
  return fail(reason, 'SERVICE', status >= 500 ? ({ again }) => `${again} later` : 'check the URL');
}

function explainFailure(error: unknown, { idleTimeout }: DownloadOptions, fail: Fail): AppsctlError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof ProxyError) return fail(message, 'NETWORK', error.hint, error);
  const certificate = explainCertificateError(code);
  if (certificate !== undefined) {
    return fail(`the server ${certificate.message}`, 'NETWORK', certificate.hint, error);
  }
  if (error instanceof IdleError) {
    return fail(`nothing arrived for ${idleTimeout / SECOND} s`, 'NETWORK', ({ again }) => again, error);
  }
  const reason = ['ECONNRESET', 'EPIPE'].includes(code)
    ? 'the connection broke off'
    : 'no connection to the server';
  return fail(`${reason} (${code || message})`, 'NETWORK', 'check the network and the URL', error);
}
