import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { explainCertificateError } from '../core/diagnostics/certificate-error.js';
import { SECOND } from '../core/units.js';
import type { Agents } from './network.js';
import { ProxyError } from './proxy-error.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** An http or https URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds from the start of the request until the whole response must have arrived. */
  readonly timeout: number;
  /** Agents for proxies and own certificates; undefined for those of Node.js. */
  readonly agents: Agents | undefined;
  /** Gives the request up before its timeout. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** The target of a redirect. */
  readonly location: string | undefined;
  /** The header Retry-After. */
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Thrown when there is no complete response. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  /**
   * @param code a code of Node.js such as `ECONNREFUSED`, or one of {@link HTTP_ERRORS}
   * @param message what happened, to follow the name of the server
   * @param hint what to do about it, if that is known
   */
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Codes for failures that Node.js has no code for. */
export const HTTP_ERRORS = {
  timeout: 'TIMEOUT',
  closed: 'CLOSED',
  tooLong: 'RESPONSE_TOO_LONG',
  proxy: 'PROXY',
} as const;

const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

/** Some proxies reject requests without a User-Agent, and without Accept-Encoding the response may be compressed. */
const DEFAULT_HEADERS = { 'User-Agent': 'appsctl', Accept: '*/*', 'Accept-Encoding': 'identity' };

/** The responses of Mattermost and its Apps plugin have a few kilobytes. */
const MAX_RESPONSE_BYTES = 10_000_000;

/**
 * Sends a request and reads its response, whatever its status. Does not follow redirects. Uses node:http rather than
 * fetch, because loading undici takes as long as a round trip to a nearby server.
 *
 * @throws HttpError when there is no complete response, or one of over 10 MB
 */
export async function sendRequest({
  method,
  url,
  headers,
  body,
  timeout,
  agents,
  signal: stop,
}: HttpRequest): Promise<HttpResponse> {
  const limit = AbortSignal.timeout(timeout);
  const signal = stop === undefined ? limit : AbortSignal.any([limit, stop]);
  try {
    const isTls = new URL(url).protocol === 'https:';
    const send = isTls ? httpsRequest : httpRequest;
    const agent = isTls ? agents?.https : agents?.http;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, { method, headers: { ...DEFAULT_HEADERS, ...headers }, signal, agent }, resolve)
        .on('error', reject)
        // Without an error when the server switches to another protocol. No effect after a response.
        .on('close', () => reject(new HttpError(HTTP_ERRORS.closed, 'closed the connection')))
        .end(body);
    });
    const { statusCode: status = 0, statusMessage, headers: responseHeaders } = response;
    const statusText = statusMessage || (STATUS_CODES[status] ?? '');
    const { location, 'retry-after': retryAfter } = responseHeaders;
    return { status, statusText, location, retryAfter, text: await readText(response) };
  } catch (error) {
    if (error instanceof HttpError) throw error;
    if (!signal.aborted) throw explainConnectionError(error as NodeJS.ErrnoException);
    const message = limit.aborted
      ? `did not respond within ${timeout / SECOND} s`
      : 'did not respond in time';
    throw new HttpError(HTTP_ERRORS.timeout, message, undefined, error);
  }
}

function explainConnectionError(error: NodeJS.ErrnoException): HttpError {
  if (error instanceof ProxyError) {
    return new HttpError(
      error.code ?? HTTP_ERRORS.proxy,
      `cannot be reached: ${error.message}`,
      error.hint,
      error,
    );
  }
  const code = error.code ?? error.message;
  const certificate = explainCertificateError(code);
  if (certificate !== undefined) return new HttpError(code, certificate.message, certificate.hint, error);
  return new HttpError(code, `${describeFailure(code)} (${code})`, undefined, error);
}

function describeFailure(code: string): string {
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'closed the connection';
  return UNREACHABLE_CODES.has(code) ? 'cannot be reached' : 'did not send a valid response';
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop destroys the connection.
    if (length > MAX_RESPONSE_BYTES) {
      throw new HttpError(HTTP_ERRORS.tooLong, `sent more than ${MAX_RESPONSE_BYTES / 1_000_000} MB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
