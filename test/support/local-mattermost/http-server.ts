import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';

export interface HttpRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  /** undefined when the body is longer than the limit. */
  body: string | undefined;
}

export interface HttpAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** Starts HTTP on 127.0.0.1; port 0 takes a free one. */
export async function listen(
  port: number,
  bodyLimit: number,
  respond: (request: HttpRequest) => Promise<HttpAnswer | 'reset' | 'silence'>,
): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => {
    const answering = readRequest(incoming, bodyLimit).then(respond);
    answering.then(
      (answer) => {
        if (answer === 'reset') {
          incoming.socket.destroy();
        } else if (answer !== 'silence') {
          outgoing.writeHead(answer.status, { 'Content-Type': answer.contentType });
          outgoing.end(answer.body);
        }
      },
      // Only a request that breaks off before its end comes here: nobody is left to answer.
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

async function readRequest(incoming: IncomingMessage, bodyLimit: number): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    // What is too long is read to its end all the same: the client must be able to read the refusal.
    length += chunk.length;
    if (length <= bodyLimit) {
      chunks.push(chunk);
    }
  }
  return {
    method: incoming.method ?? '',
    path: (incoming.url ?? '/').replace(/\?.*$/s, ''),
    query: new URLSearchParams(/\?.*$/s.exec(incoming.url ?? '')?.[0]),
    authorization: incoming.headers.authorization,
    body: length <= bodyLimit ? Buffer.concat(chunks).toString() : undefined,
  };
}
