import { beforeEach, describe, expect, it } from 'vitest';
import type { LocalMattermost } from '../index.js';
import {
  accessDenied,
  answering,
  type ExampleOnAws,
  ID,
  install,
  listExample,
  startMattermostOnExample,
} from './example-app.js';
import { type Answer, post } from './mattermost-requests.js';

let mattermost: LocalMattermost;
let aws: ExampleOnAws;

beforeEach(async () => {
  const example = await startMattermostOnExample();
  ({ aws, mattermost } = example);
  return example.stop;
});

const calls = { on_uninstall: '/bye', on_enable: '/on', on_disable: '/off' };

async function installed(changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await listExample(mattermost, changes);
  expect((await install(mattermost)).status).toBe(200);
}

function act(what: 'uninstall' | 'enable' | 'disable'): Promise<Answer> {
  return post(mattermost, `${what}-app`, { app_id: ID });
}

const bot = () => mattermost.stored.bots.find(({ username }) => username === ID);

describe('an installed app', () => {
  it('is disabled and enabled', async () => {
    await installed();

    expect(await act('disable')).toMatchObject({ status: 200, text: 'Disabled Hello, Serverless!' });
    expect(await act('disable')).toMatchObject({ status: 200, text: 'Already disabled' });
    expect(bot()?.isActive).toBe(false);
    expect(await act('enable')).toMatchObject({ status: 200, text: 'Enabled Hello, Serverless!' });
    expect(await act('enable')).toMatchObject({ status: 200, text: 'Hello, Serverless! is already enabled' });
    expect(bot()?.isActive).toBe(true);
  });

  it('says something of its own when it is disabled and enabled, unless that fails', async () => {
    await installed(calls);
    aws.instead['/off'] = answering({ type: 'ok', text: 'Good night.' });
    aws.instead['/on'] = accessDenied;

    expect((await act('disable')).text).toBe('Good night.');
    expect((await act('enable')).text).toBe('Enabled Hello, Serverless!');
  });

  it('is uninstalled with its OAuth 2.0 app; the listing stays', async () => {
    await installed();

    expect(await act('uninstall')).toEqual({ status: 200, contentType: null, text: '' });

    expect(mattermost.installed.size).toBe(0);
    expect(mattermost.stored.oauthApps.size).toBe(0);
    expect(bot()?.isActive).toBe(false);
    expect(mattermost.listed.has(ID)).toBe(true);
  });

  it('may object to that', async () => {
    await installed(calls);
    aws.instead['/bye'] = answering({ type: 'error', text: 'not now' });

    expect(await act('uninstall')).toMatchObject({
      status: 500,
      text: 'app canceled uninstall request: not now',
    });
    expect(mattermost.installed.has(ID)).toBe(true);
  });

  it('is left disabled when its OAuth 2.0 app cannot be deleted', async () => {
    await installed();
    mattermost.server.oauthServiceProvider = false;

    expect(await act('uninstall')).toMatchObject({
      status: 500,
      text: expect.stringMatching(/^failed to delete Mattermost OAuth2 for .*, the app is left disabled: /),
    });
    expect(mattermost.installed.get(ID)?.disabled).toBe(true);
  });
});

it.each([
  ['uninstall', `failed to get app, appID: ${ID}: app ${ID} is not installed: not found`],
  ['enable', `failed to get app. appID: ${ID}: app ${ID} is not installed: not found`],
  ['disable', `failed to get app. appID: ${ID}: app ${ID} is not installed: not found`],
] as const)('%s-app finds only installed apps', async (what, text) => {
  expect(await act(what)).toMatchObject({ status: 404, text });
});
