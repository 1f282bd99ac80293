import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalMattermost, startLocalMattermost } from '../support/local-mattermost/index.js';
import { manifest, send } from './mattermost-requests.js';

const PLUGIN = '/plugins/com.mattermost.apps/api/v1';

let mattermost: LocalMattermost;

beforeAll(async () => {
  mattermost = await startLocalMattermost();
});

afterAll(() => mattermost.stop());

type Who = 'admin' | 'user' | 'wrong' | 'none';

function tokenOf(who: Who): string | undefined {
  return { admin: mattermost.adminToken, user: mattermost.userToken, wrong: 'wrong', none: undefined }[who];
}

const noUser = 'user is required: unauthorized';
const noAdmin = 'access to this operation is limited to system administrators: forbidden';

const cases: [method: string, path: string, who: Who, status: number, text: string][] = [
  ['GET', '/api/v4/system/ping', 'none', 200, '{"status":"OK"}'],
  ['GET', '/api/v4/users/me', 'admin', 200, '"roles":"system_admin system_user"'],
  ['GET', '/api/v4/users/me', 'user', 200, '"roles":"system_user"'],
  ['GET', '/api/v4/users/me', 'wrong', 401, '"status_code":401'],
  ['GET', '/api/v4/users/me', 'none', 401, '"status_code":401'],
  ['GET', '/api/v4/nothing', 'admin', 404, '"status_code":404'],
  ['POST', `${PLUGIN}/ping`, 'admin', 200, '{"version":"v'],
  ['POST', `${PLUGIN}/ping`, 'user', 200, '{"version":"v'],
  ['POST', `${PLUGIN}/ping`, 'none', 401, noUser],
  ['POST', `${PLUGIN}/update-app-listing`, 'none', 401, noUser],
  ['POST', `${PLUGIN}/update-app-listing`, 'wrong', 401, noUser],
  ['POST', `${PLUGIN}/update-app-listing`, 'user', 403, noAdmin],
  ['POST', `${PLUGIN}/install-app`, 'none', 401, noUser],
  ['POST', `${PLUGIN}/install-app`, 'wrong', 401, noUser],
  ['POST', `${PLUGIN}/install-app`, 'user', 403, noAdmin],
  ['GET', `${PLUGIN}/apps/com.example.hello`, 'none', 401, noUser],
  ['GET', `${PLUGIN}/apps/com.example.hello`, 'user', 403, noAdmin],
  ['GET', `${PLUGIN}/apps/com.example.hello`, 'admin', 404, 'com.example.hello: not found'],
  ['GET', `${PLUGIN}/install-app`, 'admin', 404, '404 page not found'],
  ['POST', `${PLUGIN}/nothing`, 'admin', 404, '404 page not found'],
];

describe('a local Mattermost', () => {
  it.each(cases)('%s %s by %s: %i', async (method, path, who, status, text) => {
    const body = method === 'POST' ? manifest() : undefined;
    const answer = await send(mattermost, method, path, tokenOf(who), body);

    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    expect(answer.contentType).toContain(
      path.startsWith(PLUGIN) && status !== 200 ? 'text/plain' : 'application/json',
    );
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
      status: 403,
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
