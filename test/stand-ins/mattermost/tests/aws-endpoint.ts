import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AwsEndpoint {
  url: string;
  /** Every request, as method and path; keys and function names are decoded. */
  requests: { line: string; body: string; accessKeyId: string | undefined }[];
  stop(): Promise<void>;
}

export type AwsResponse = { status: number; headers?: Record<string, string>; body: string | Buffer };

/** An HTTP server that responds like Lambda and S3 to the two requests that a Mattermost server sends. */
export async function startAwsEndpoint(
  answer: (line: string, body: string) => Promise<AwsResponse>,
): Promise<AwsEndpoint> {
  const requests: AwsEndpoint['requests'] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const line = `${incoming.method} ${decodeURIComponent((incoming.url ?? '').replace(/\?.*$/, ''))}`;
      const body = Buffer.concat(chunks).toString();
      const accessKeyId = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? '')?.[1];
      requests.push({ line, body, accessKeyId });
      answer(line, body).then(
        (response) => outgoing.writeHead(response.status, response.headers).end(response.body),
        (error: unknown) => outgoing.writeHead(500).end(String(error)),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
