import { afterEach, describe, expect, it } from 'vitest';
import { type LocalMattermost, type LocalMattermostOptions, startLocalMattermost } from '../index.js';
import { PLUGIN, post, send } from './mattermost-requests.js';

let mattermost: LocalMattermost;

afterEach(() => mattermost.stop());

async function start(server: NonNullable<LocalMattermostOptions['server']>): Promise<void> {
  mattermost = await startLocalMattermost({ server });
}

function ask(path: string, token?: string) {
  return send(mattermost, 'GET', path, token);
}

async function clientConfig(): Promise<unknown> {
  return JSON.parse((await ask('/api/v4/config/client?format=old')).text);
}

async function pluginState(): Promise<unknown> {
  return JSON.parse((await ask('/api/v4/plugins/statuses', mattermost.adminToken)).text);
}

const noPlugin = { status: 404, contentType: 'text/plain; charset=utf-8', text: '404 page not found' };

describe('a server', () => {
  it('of version 9 runs the plugin', async () => {
    await start({});

    expect(await post(mattermost, 'ping', undefined)).toMatchObject({ status: 200 });
    expect(await clientConfig()).toMatchObject({ Version: '9.11.0', FeatureFlagAppsEnabled: 'true' });
    expect(await pluginState()).toMatchObject([{ plugin_id: 'com.mattermost.apps', state: 2 }]);
  });

  it.each([
    [{ version: '10.5.0' }, 'false', [{ state: 0 }]],
    [{ version: '9.11.0', appsFeatureFlag: false }, 'false', [{ state: 0 }]],
    [{ appsPlugin: 'disabled' }, 'true', [{ state: 0 }]],
    [
      { appsPlugin: 'failed to start' },
      'true',
      [{ state: 3, error: expect.stringContaining('exit status') }],
    ],
    [{ appsPlugin: 'missing' }, 'true', []],
  ] as const)('with %j has no plugin to answer', async (settings, flag, statuses) => {
    await start(settings);

    expect(await post(mattermost, 'ping', undefined)).toEqual(noPlugin);
    expect(await ask(`${PLUGIN}/apps/abc`, mattermost.adminToken)).toEqual(noPlugin);
    expect(await clientConfig()).toMatchObject({ FeatureFlagAppsEnabled: flag });
    expect(await pluginState()).toMatchObject(statuses);
  });

  it('of version 10 runs the plugin with the feature flag', async () => {
    await start({ version: '10.5.0', appsFeatureFlag: true });

    expect(await post(mattermost, 'ping', undefined)).toMatchObject({ status: 200 });
  });

  it('without plugins says so, in JSON as text', async () => {
    await start({ pluginsEnabled: false });

    const answer = await post(mattermost, 'ping', undefined);
    expect(answer).toMatchObject({ status: 501, contentType: 'text/plain; charset=utf-8' });
    expect(JSON.parse(answer.text)).toMatchObject({ id: 'app.plugin.disabled.app_error', status_code: 501 });
    expect(await ask('/api/v4/plugins', mattermost.adminToken)).toMatchObject({ status: 501 });
  });

  it('with a plugin that is switched off switches it on, if the feature flag lets it', async () => {
    await start({ appsPlugin: 'disabled' });
    const enable = '/api/v4/plugins/com.mattermost.apps/enable';

    expect(await send(mattermost, 'POST', enable, mattermost.userToken)).toMatchObject({ status: 403 });
    expect(await send(mattermost, 'POST', enable, mattermost.adminToken)).toMatchObject({ status: 200 });
    expect(await post(mattermost, 'ping', undefined)).toMatchObject({ status: 200 });
    mattermost.server.appsFeatureFlag = false;
    expect(await post(mattermost, 'ping', undefined)).toMatchObject({ status: 404 });
    expect(JSON.parse((await ask('/api/v4/plugins', mattermost.adminToken)).text)).toMatchObject({
      active: [],
      inactive: [{ id: 'com.mattermost.apps' }],
    });
  });

  it('that enforces multi-factor authentication treats users without it as unauthenticated, but lets them read their own user', async () => {
    await start({ mfaEnforced: true });
    const { adminToken, botToken } = mattermost;

    expect(await ask('/api/v4/users/me', adminToken)).toMatchObject({ status: 200 });
    expect(await ask('/api/v4/plugins/statuses', adminToken)).toMatchObject({ status: 403 });
    expect(await ask(`${PLUGIN}/apps/abc`, adminToken)).toMatchObject({
      status: 401,
      text: 'user ID is required: unauthorized',
    });
    expect(await ask(`${PLUGIN}/apps/abc`, botToken)).toMatchObject({
      status: 404,
      text: 'app abc is not installed: not found',
    });
    expect(await clientConfig()).toMatchObject({ EnforceMultifactorAuthentication: 'true' });
  });

  it('wants to be asked for the old format of its configuration', async () => {
    await start({});

    expect(await ask('/api/v4/config/client')).toMatchObject({ status: 400 });
  });
});
