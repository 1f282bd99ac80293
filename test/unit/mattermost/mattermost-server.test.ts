import { expect, test } from 'vitest';
import { MattermostServer } from '../../../src/mattermost/mattermost-server.js';
import { CERTIFICATE, cannot } from '../../support/messages/aws.js';
import { MATTERMOST, MATTERMOST_ACTION, MATTERMOST_HINT } from '../../support/messages/mattermost.js';
import { startSelfSignedServer } from '../../support/self-signed.js';
import { APP, INSTALLED, LISTED, respondWith, serve, testManifest } from './canned-server.js';

const INSTALL = MATTERMOST_ACTION.install('com.example.test');

test('lists an app with its manifest and deploy type', async () => {
  const { url, requests } = await serve(respondWith(200, LISTED));
  await new MattermostServer(`${url}//`, 'token').list(APP);
  expect(requests).toEqual([
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
  const { url, requests } = await serve(respondWith(200, INSTALLED));
  await new MattermostServer(`${url}/chat`, 'token').install(APP);
  expect(requests[0]).toMatchObject({
    url: '/chat/plugins/com.mattermost.apps/api/v1/install-app',
    body: '{"app_id":"com.example.test","deploy_type":"aws_lambda"}',
  });
});

test('accepts an app without a version, which the plugin omits', async () => {
  const { url } = await serve(respondWith(200, JSON.stringify({ app_id: 'com.example.test' })));
  await new MattermostServer(url, 'token').list(testManifest({ version: '' }));
});

test('does not follow redirects, so that the token is not sent to another host', async () => {
  const other = await serve(respondWith(200, '{"roles":"system_admin"}'));
  const { url } = await serve(respondWith(302, '', { location: `${other.url}/elsewhere` }));
  await expect(new MattermostServer(url, 'token').checkAccess()).rejects.toMatchObject({
    code: 'NETWORK',
    message: cannot(MATTERMOST_ACTION.checkToken, `${url} redirects to ${other.url}/elsewhere`),
  });
  expect(other.requests).toEqual([]);
});

test('gives up on an endless response', async () => {
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
    message: cannot(INSTALL, `${MATTERMOST.notLike(url, 'a Mattermost server')}: it sent more than 10 MB`),
  });
});

test('gives up on a response that is not complete in time', async () => {
  const { url } = await serve((_, response) => void response.write('{'));
  await expect(new MattermostServer(url, 'token', 100).install(APP)).rejects.toMatchObject({
    code: 'NETWORK',
    message: cannot(INSTALL, `${url} did not respond within 0.1 s`),
  });
});

test('reports a connection that is reset', async () => {
  const { url } = await serve((request) => void request.socket.destroy());
  await expect(new MattermostServer(url, 'token').install(APP)).rejects.toMatchObject({
    code: 'NETWORK',
    message: cannot(INSTALL, `${url} closed the connection (ECONNRESET)`),
    hint: MATTERMOST_HINT.checkServer('mattermost.url'),
  });
});

test('reports a certificate that this machine does not trust', async () => {
  const url = await startSelfSignedServer();
  await expect(new MattermostServer(url, 'token').install(APP)).rejects.toMatchObject({
    code: 'NETWORK',
    message: cannot(INSTALL, `${url} ${CERTIFICATE.untrusted('DEPTH_ZERO_SELF_SIGNED_CERT')}`),
    hint: CERTIFICATE.ownAuthority,
  });
});

test('reports a server that switches to another protocol, without waiting', async () => {
  const { url } = await serve(respondWith(101, '', { connection: 'upgrade', upgrade: 'websocket' }));
  await expect(new MattermostServer(url, 'token').checkAccess()).rejects.toMatchObject({
    code: 'NETWORK',
    message: cannot(MATTERMOST_ACTION.checkToken, `${url} closed the connection`),
  });
});

test('sends a User-Agent, and accepts only uncompressed responses', async () => {
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
