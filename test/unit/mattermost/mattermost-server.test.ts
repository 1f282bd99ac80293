import { expect, test } from 'vitest';
import { MattermostServer } from '../../../src/mattermost/mattermost-server.js';
import { APP, INSTALLED, LISTED, serve, status, testManifest } from './canned-server.js';

test('lists an app with the manifest and what the server is to do with it', async () => {
  const { url, seen } = await serve(status(200, LISTED));
  await new MattermostServer(`${url}//`, 'token').list(APP);
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
  const { url, seen } = await serve(status(200, INSTALLED));
  await new MattermostServer(`${url}/chat`, 'token').install(APP);
  expect(seen[0]).toMatchObject({
    url: '/chat/plugins/com.mattermost.apps/api/v1/install-app',
    body: '{"app_id":"com.example.test","deploy_type":"aws_lambda"}',
  });
});

test('accepts an app without a version, which the plugin leaves out', async () => {
  const { url } = await serve(status(200, JSON.stringify({ app_id: 'com.example.test' })));
  await new MattermostServer(url, 'token').list(testManifest({ version: '' }));
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

test('an endless answer is given up', async () => {
  const { url } = await serve((_, response) => {
    const chunk = Buffer.alloc(1 << 20, 'a');
    const write = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', write);
    write();
  });
  await expect(new MattermostServer(url, 'token').install(APP)).rejects.toMatchObject({
    code: 'NETWORK',
    message: `cannot install app com.example.test: ${url} does not answer like a Mattermost server: it sends more than 10 MB`,
  });
});

test('an answer that does not end is given up', async () => {
  const { url } = await serve((_, response) => void response.write('{'));
  await expect(new MattermostServer(url, 'token', 100).install(APP)).rejects.toMatchObject({
    code: 'NETWORK',
    message: `cannot install app com.example.test: ${url} does not answer (no answer in time)`,
  });
});

test('a connection that is cut is told', async () => {
  const { url } = await serve((request) => void request.socket.destroy());
  await expect(new MattermostServer(url, 'token').install(APP)).rejects.toMatchObject({ code: 'NETWORK' });
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
    response.end(INSTALLED);
  });
  await new MattermostServer(url.replace('http:', 'HTTP:'), 'token').install(APP);
  expect(headers).toEqual([
    {
      host: new URL(url).host,
      'user-agent': 'appsctl',
      accept: '*/*',
      'accept-encoding': 'identity',
      authorization: 'BEARER token',
      'content-type': 'application/json',
      'content-length': '56',
      connection: 'keep-alive',
    },
  ]);
});
