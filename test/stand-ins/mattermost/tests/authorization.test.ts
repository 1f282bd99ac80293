import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalMattermost, startLocalMattermost } from '../index.js';
import { PLUGIN, send } from './mattermost-requests.js';

let mattermost: LocalMattermost;

beforeAll(async () => {
  mattermost = await startLocalMattermost();
});

afterAll(() => mattermost.stop());

type Who = 'admin' | 'user' | 'bot' | 'wrong' | 'none';

function tokenOf(who: Who): string | undefined {
  const { adminToken: admin, userToken: user, botToken: bot } = mattermost;
  return { admin, user, bot, wrong: 'wrong', none: undefined }[who];
}

const noUser = 'user ID is required: unauthorized';
const noAdmin = 'access to this operation is limited to system administrators, or plugins: unauthorized';
const notInstalled = 'app com.example.hello is not installed: not found';

const cases: [method: string, path: string, who: Who, status: number, text: string][] = [
  ['GET', '/api/v4/system/ping', 'none', 200, '{"status":"OK"}'],
  ['GET', '/api/v4/users/me', 'admin', 200, '"roles":"system_admin system_user"'],
  ['GET', '/api/v4/users/me', 'bot', 200, '"is_bot":true'],
  ['GET', '/api/v4/users/me', 'user', 200, '"roles":"system_user"'],
  ['GET', '/api/v4/users/me', 'wrong', 401, '"status_code":401'],
  ['GET', '/api/v4/users/me', 'none', 401, '"status_code":401'],
  ['GET', '/api/v4/nothing', 'admin', 404, '"status_code":404'],
  ['POST', `${PLUGIN}/ping`, 'admin', 200, '{"version":"1.2.2"}'],
  ['POST', `${PLUGIN}/ping`, 'none', 200, '{"version":"1.2.2"}'],
  ['POST', `${PLUGIN}/ping`, 'wrong', 200, '{"version":"1.2.2"}'],
  ['GET', `${PLUGIN}/marketplace`, 'none', 200, '[]'],
  ...(['update-app-listing', 'enable-app', 'disable-app'] as const).flatMap((endpoint): typeof cases => [
    ['POST', `${PLUGIN}/${endpoint}`, 'none', 401, noAdmin],
    ['POST', `${PLUGIN}/${endpoint}`, 'wrong', 401, noAdmin],
    ['POST', `${PLUGIN}/${endpoint}`, 'user', 401, noAdmin],
  ]),
  ...(['install-app', 'uninstall-app'] as const).flatMap((endpoint): typeof cases => [
    ['POST', `${PLUGIN}/${endpoint}`, 'none', 401, noUser],
    ['POST', `${PLUGIN}/${endpoint}`, 'wrong', 401, noUser],
    ['POST', `${PLUGIN}/${endpoint}`, 'user', 401, noAdmin],
  ]),
  ['POST', `${PLUGIN}/install-app`, 'bot', 404, 'failed to find manifest to install app'],
  ['GET', `${PLUGIN}/apps/com.example.hello`, 'none', 401, noUser],
  ['GET', `${PLUGIN}/apps/com.example.hello`, 'user', 404, notInstalled],
  ['GET', `${PLUGIN}/apps/com.example.hello`, 'admin', 404, notInstalled],
  ['GET', `${PLUGIN}/apps/m%C3%BCll`, 'admin', 404, '404 page not found'],
  ['POST', `${PLUGIN}/nothing`, 'admin', 404, '404 page not found'],
  ['GET', '/plugins/com.mattermost.apps/nothing', 'admin', 404, '404 page not found'],
];

describe('a local Mattermost', () => {
  it.each(cases)('%s %s by %s: %i', async (method, path, who, status, text) => {
    const answer = await send(mattermost, method, path, tokenOf(who), method === 'POST' ? {} : undefined);

    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    expect(answer.contentType).toContain(
      path.startsWith('/plugins') && status !== 200 ? 'text/plain' : 'application/json',
    );
  });

  it.each([
    ['GET', 'install-app'],
    ['GET', 'ping'],
    ['POST', 'marketplace'],
    ['DELETE', 'apps/com.example.hello'],
  ])('%s %s: 405 without a body', async (method, endpoint) => {
    expect(await send(mattermost, method, `${PLUGIN}/${endpoint}`, mattermost.adminToken)).toEqual({
      status: 405,
      contentType: null,
      text: '',
    });
  });

  it('lists nothing that it has refused', () => {
    expect(mattermost.listed.size).toBe(0);
    expect(mattermost.installed.size).toBe(0);
  });

  it.each(['BEARER', 'Bearer', 'bearer'])('takes the scheme %s', async (scheme) => {
    const response = await fetch(`${mattermost.siteUrl}/api/v4/users/me`, {
      headers: { Authorization: `${scheme} ${mattermost.adminToken}` },
    });

    expect(await response.json()).toMatchObject({ username: 'admin' });
  });

  it('remembers what was asked, by whom, and how it answered', async () => {
    await send(mattermost, 'POST', `${PLUGIN}/install-app?x=1`, mattermost.userToken, { app_id: 'abc' });

    expect(mattermost.requests.at(-1)).toEqual({
      method: 'POST',
      path: `${PLUGIN}/install-app`,
      status: 401,
      body: '{"app_id":"abc"}',
      authorization: 'user',
    });
  });

  it('has tokens of its own in every run', async () => {
    const other = await startLocalMattermost();

    expect(
      new Set([mattermost.adminToken, mattermost.userToken, other.adminToken, other.userToken]).size,
    ).toBe(4);
    await other.stop();
    await expect(fetch(other.siteUrl)).rejects.toThrow();
  });
});
