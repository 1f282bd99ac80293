import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Findings } from '../../src/core/findings.js';
import { parseManifest } from '../../src/core/manifest/parse.js';
import { MattermostServer } from '../../src/mattermost/server.js';
import { manifest } from '../support/bundle.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A server that answers every request so, and what it has seen. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      seen.push({
        method: request.method,
        url: request.url,
        authorization: request.headers.authorization,
        body,
      });
      answer(request, response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const status =
  (code: number, body = '', headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(code, headers).end(body);

function testManifest() {
  const parsed = parseManifest(Buffer.from(JSON.stringify(manifest())), new Findings());
  if (parsed === undefined) throw new Error('no manifest');
  return parsed;
}

test('lists an app with the manifest and what the server is to do with it', async () => {
  const { url, seen } = await serve(status(200, '{}'));
  await new MattermostServer(`${url}//`, 'token').list(testManifest());
  expect(seen).toEqual([
    {
      method: 'POST',
      url: '/plugins/com.mattermost.apps/api/v1/update-app-listing',
      authorization: 'BEARER token',
      body:
        '{"app_id":"com.example.test","version":"1.0.0","homepage_url":"https://example.com","display_name":"Test",' +
        '"aws_lambda":{"functions":[{"path":"/","name":"go","handler":"index.handler","runtime":"nodejs22.x"}]},' +
        '"Replace":false,"add_deploys":["aws_lambda"]}',
    },
  ]);
});

test('installs an app below a subpath', async () => {
  const { url, seen } = await serve(status(200));
  await new MattermostServer(`${url}/chat`, 'token').install('com.example.test');
  expect(seen[0]).toMatchObject({
    url: '/chat/plugins/com.mattermost.apps/api/v1/install-app',
    body: '{"app_id":"com.example.test","deploy_type":"aws_lambda"}',
  });
});

test('never follows a redirect, so that the token stays where it was sent', async () => {
  const other = await serve(status(200, '{"roles":"system_admin"}'));
  const { url } = await serve(status(302, '', { location: `${other.url}/elsewhere` }));
  await expect(new MattermostServer(url, 'token').checkAccess()).rejects.toMatchObject({
    code: 'NETWORK',
    message: `cannot check the token of MM_ADMIN_TOKEN: ${url} redirects to ${other.url}/elsewhere`,
  });
  expect(other.seen).toEqual([]);
});

test.each<[number, string, object]>([
  [
    401,
    '{"message":"Invalid session"}',
    {
      code: 'ACCESS_DENIED',
      message: expect.stringMatching(/answers 401: Invalid session$/),
      hint: expect.stringMatching(/MM_ADMIN_TOKEN/),
    },
  ],
  [403, 'forbidden', { code: 'ACCESS_DENIED', message: expect.stringMatching(/answers 403: forbidden$/) }],
  [
    404,
    '',
    {
      code: 'SERVICE',
      message: expect.stringMatching(/answers 404: Not Found$/),
      hint: expect.stringMatching(/Apps plugin is enabled/),
    },
  ],
  [
    500,
    'boom\n',
    { code: 'SERVICE', message: expect.stringMatching(/^cannot install app x: .* answers 500: boom$/) },
  ],
  [
    400,
    'deployment type "AWS Lambda" is not configured on this Mattermost server',
    { hint: expect.stringMatching(/start the server with MM_APPS_AWS_ACCESS_KEY/) },
  ],
  [500, 'x'.repeat(10_000), { message: expect.stringMatching(/x{500}$/) }],
])('an answer of %i %j', async (code, body, error) => {
  const { url } = await serve(status(code, body));
  await expect(new MattermostServer(url, 'token').install('x')).rejects.toMatchObject(error);
});

test.each(['<html>', '[]', '"x"'])(
  'something else that answers %s is told apart from a Mattermost server',
  async (body) => {
    const { url } = await serve(status(200, body));
    await expect(new MattermostServer(url, 'token').checkAccess()).rejects.toThrow(
      `${url} does not answer like a Mattermost server`,
    );
  },
);

test('a connection that is cut is told', async () => {
  const { url } = await serve((request) => void request.socket.destroy());
  await expect(new MattermostServer(url, 'token').install('x')).rejects.toMatchObject({ code: 'NETWORK' });
});

test('a server that wants to go on in another protocol is told at once', async () => {
  const { url } = await serve(status(101, '', { connection: 'upgrade', upgrade: 'websocket' }));
  await expect(new MattermostServer(url, 'token').checkAccess()).rejects.toMatchObject({
    code: 'NETWORK',
    message: `cannot check the token of MM_ADMIN_TOKEN: ${url} does not answer (it closes the connection)`,
  });
});

test('says who asks, and takes answers only as they are', async () => {
  const headers: unknown[] = [];
  const { url } = await serve((request, response) => {
    headers.push(request.headers);
    response.end('{}');
  });
  await new MattermostServer(url.replace('http:', 'HTTP:'), 'token').install('x');
  expect(headers).toEqual([
    {
      host: new URL(url).host,
      'user-agent': 'appsctl',
      accept: '*/*',
      'accept-encoding': 'identity',
      authorization: 'BEARER token',
      'content-type': 'application/json',
      'content-length': '41',
      connection: 'keep-alive',
    },
  ]);
});
