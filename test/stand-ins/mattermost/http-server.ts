import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';

export interface HttpRequest {
  method: string;
  /** Decoded. */
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  body: string;
}

export interface HttpAnswer {
  status: number;
  /** Absent for an answer without a body. */
  contentType?: string;
  /** Other headers. */
  headers?: Record<string, string>;
  body: string;
}

/** Starts HTTP on 127.0.0.1; port 0 takes a free one. */
export async function listen(
  port: number,
  respond: (request: HttpRequest) => Promise<HttpAnswer | 'reset' | 'silence'>,
): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => {
    const answering = readRequest(incoming).then(respond);
    answering.then(
      (answer) => {
        if (answer === 'reset') {
          incoming.socket.destroy();
        } else if (answer !== 'silence') {
          const { status, contentType, headers, body } = answer;
          outgoing.writeHead(status, {
            ...headers,
            ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
          });
          outgoing.end(body);
        }
      },
      // Only a request that was aborted before its end gets here: there is no client to respond to.
      () => outgoing.destroy(),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('the server listens on no port');
  }
  return { server, url: `http://127.0.0.1:${address.port}` };
}

export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

export function json(status: number, value: unknown): HttpAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** As Go's http.Error writes it. */
export function plainText(status: number, message: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${message}\n` };
}

async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk);
  }
  const [path = '/', ...query] = (incoming.url ?? '/').split('?');
  return {
    method: incoming.method ?? '',
    path: decodeURIComponent(path),
    query: new URLSearchParams(query.join('?')),
    authorization: incoming.headers.authorization,
    body: Buffer.concat(chunks).toString(),
  };
}
