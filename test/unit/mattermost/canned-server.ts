import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { Findings } from '../../../src/core/diagnostics/findings.js';
import type { Manifest } from '../../../src/core/manifest/manifest.js';
import { parseManifest } from '../../../src/core/manifest/parse.js';
import { manifest } from '../../support/bundle.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Starts a server that responds to every request the same way, and records the requests. */
export async function serve(
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; requests: ReceivedRequest[] }> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      requests.push({
        method: request.method,
        url: request.url,
        authorization: request.headers.authorization,
        body,
      });
      respond(request, response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Responds to every request with this status, body and headers. */
export const respondWith =
  (code: number, body = '', headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(code, headers).end(body);

export function testManifest(changes: Readonly<Record<string, unknown>> = {}): Manifest {
  const parsed = parseManifest(Buffer.from(JSON.stringify(manifest(changes))), new Findings());
  if (parsed === undefined) throw new Error('no manifest');
  return parsed;
}

export const APP = testManifest();
/** The plugin's responses to a listing and an installation. */
export const LISTED = JSON.stringify(manifest());
export const INSTALLED = JSON.stringify({
  ...manifest({ SchemaVersion: '1.2.2' }),
  deploy_type: 'aws_lambda',
  webhook_secret: 'W3BHOOK',
  mattermost_oauth2: { client_secret: 'CLI3NT' },
});

/** Returns what a promise rejects with. */
export function catchError(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
