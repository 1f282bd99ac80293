import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** An http or https URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds until the whole answer must be there. */
  readonly timeout: number;
}

/** What comes back. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** Where a redirect leads. */
  readonly location: string | undefined;
  readonly text: string;
}

/** Thrown when no whole answer comes; the message says why. */
export class HttpError extends Error {
  override readonly name = 'ExchangeError';

  /** @param isTooLong whether an answer comes that is longer than any that is wanted */
  constructor(
    message: string,
    readonly isTooLong: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Proxies refuse requests that do not say whose they are; and without a word about encodings, any may come back. */
const DEFAULT_HEADERS = { 'User-Agent': 'appsctl', Accept: '*/*', 'Accept-Encoding': 'identity' };

/** The longest answer that is read, in bytes. Those of the server and of the Apps plugin have some kilobytes. */
const MAX_RESPONSE_BYTES = 10_000_000;

/**
 * Sends a request and reads its answer, whatever its status; follows no redirect. Uses node:http because loading what
 * fetch needs takes as long as a server nearby takes to answer.
 *
 * @throws ExchangeError when no whole answer comes, or one of over 10 MB
 */
export async function sendRequest({
  method,
  url,
  headers,
  body,
  timeout,
}: HttpRequest): Promise<HttpResponse> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, { method, headers: { ...DEFAULT_HEADERS, ...headers }, signal }, resolve)
        .on('error', reject)
        // So it ends, without an error, when the server wants to go on in another protocol.
        .on('close', () => reject(new Error('it closes the connection')))
        .end(body);
    });
    const { statusCode: status = 0, statusMessage, headers: answered } = response;
    const statusText = statusMessage || (STATUS_CODES[status] ?? '');
    return { status, statusText, location: answered.location, text: await readText(response) };
  } catch (error) {
    if (error instanceof HttpError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new HttpError(signal.aborted ? 'no answer in time' : (code ?? message), false, error);
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // To leave the loop ends the connection.
    if (length > MAX_RESPONSE_BYTES)
      throw new HttpError(`more than ${MAX_RESPONSE_BYTES / 1_000_000} MB`, true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
