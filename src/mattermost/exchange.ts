import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

/** What is sent. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  /** An http or https URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds until the whole answer must be there. */
  readonly timeout: number;
}

/** What comes back. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** Where a redirect leads. */
  readonly location: string | undefined;
  readonly text: string;
}

/** Proxies refuse requests that do not say whose they are; and without a word about encodings, any may come back. */
const ALWAYS = { 'User-Agent': 'appsctl', Accept: '*/*', 'Accept-Encoding': 'identity' };

/**
 * Sends a request and takes its answer, whatever its status; follows no redirect. Not fetch: loading what stands
 * behind it takes as long as a server close by takes to answer.
 *
 * @throws Error with the reason as its message when no whole answer comes
 */
export async function exchange({ method, url, headers, body, timeout }: Outgoing): Promise<Answer> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, { method, headers: { ...ALWAYS, ...headers }, signal }, resolve)
        .on('error', reject)
        // So it ends, without an error, when the server wants to go on in another protocol.
        .on('close', () => reject(new Error('it closes the connection')))
        .end(body);
    });
    const { statusCode: status = 0, statusMessage, headers: answered } = response;
    const statusText = statusMessage || (STATUS_CODES[status] ?? '');
    return { status, statusText, location: answered.location, text: await text(response) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(signal.aborted ? 'no answer in time' : (code ?? message), { cause: error });
  }
}
