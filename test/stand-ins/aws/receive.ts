import type { IncomingMessage } from 'node:http';
import { decodePercent, type IncomingCall } from './exchange.js';

/** What the server notes when the head of a request arrives. */
export type Arrival = Pick<IncomingCall, 'headAt' | 'putsAtOnce'>;

/**
 * Reads a request to its end.
 *
 * @param now the time by the clock of the server, in milliseconds since 1970
 * @param bytesPerSecond how fast the server reads a body, by that clock
 */
export async function receive(
  message: IncomingMessage,
  arrival: Arrival,
  now: () => number,
  bytesPerSecond = Number.POSITIVE_INFINITY,
): Promise<IncomingCall> {
  const body = await readWhole(message);
  const [rawPath = '/', search = ''] = (message.url ?? '/').split(/\?(.*)/s);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '');
  }
  return {
    ...arrival,
    method: message.method ?? 'GET',
    rawPath,
    query: readQuery(search),
    headers,
    body,
    wholeAt: now() + (body.length / bytesPerSecond) * 1000,
  };
}

/** Whether this is a PUT of an object or of a part. */
export function putsObject({ method, url = '', headers }: IncomingMessage): boolean {
  return (
    method === 'PUT' &&
    /^\/[^/?]+\/[^?]/.test(url) &&
    headers.authorization?.includes('/s3/aws4_request') === true
  );
}

/** The body, collected chunk by chunk: archives are large, and other requests must be served meanwhile. */
function readWhole(message: IncomingMessage): Promise<Buffer> {
  let body = Buffer.allocUnsafe(Number(message.headers['content-length'] ?? 0));
  let length = 0;
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => {
      if (length + chunk.length > body.length) body = Buffer.concat([body.subarray(0, length), chunk]);
      else chunk.copy(body, length);
      length += chunk.length;
    });
    message.on('end', () => resolve(body.subarray(0, length)));
    message.on('error', reject);
  });
}

function readQuery(search: string): [string, string][] {
  if (search === '') return [];
  return search.split('&').map((pair) => {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    return [decodePercent(name), decodePercent(value)];
  });
}
