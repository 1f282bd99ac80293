import { beforeEach, describe, expect, it } from 'vitest';
import type { LocalMattermost } from '../index.js';
import { ID, install, listExample, startMattermostOnExample } from './example-app.js';
import { get, manifest, post } from './mattermost-requests.js';

let mattermost: LocalMattermost;

beforeEach(async () => {
  const example = await startMattermostOnExample();
  mattermost = example.mattermost;
  return example.stop;
});

/** Installs the example with changes twice; returns both installed apps. */
async function installTwice(changes: Readonly<Record<string, unknown>>) {
  await listExample(mattermost, changes);
  const first = JSON.parse((await install(mattermost)).text);
  const second = JSON.parse((await install(mattermost)).text);
  return { first, second };
}

describe('an app that is installed again', () => {
  it('keeps its bot and its OAuth 2.0 app', async () => {
    const { first, second } = await installTwice({});

    expect(second.bot_user_id).toBe(first.bot_user_id);
    expect(second.mattermost_oauth2).toEqual(first.mattermost_oauth2);
  });

  it.each<[string, Record<string, unknown>, 'none' | 'kept' | 'new']>([
    ['no type of authentication', {}, 'new'],
    ['the type secret alone', { remote_webhook_auth_type: 'secret' }, 'none'],
    [
      'the type secret and webhooks',
      { remote_webhook_auth_type: 'secret', requested_permissions: ['act_as_bot', 'remote_webhooks'] },
      'new',
    ],
    [
      'the type none and webhooks',
      { remote_webhook_auth_type: 'none', requested_permissions: ['act_as_bot', 'remote_webhooks'] },
      'none',
    ],
  ])('with %s has this webhook secret: %s', async (_name, changes, expected) => {
    const { first, second } = await installTwice(changes);

    const [before, after] = [first.webhook_secret, second.webhook_secret];
    expect(after === undefined ? 'none' : after === before ? 'kept' : 'new').toBe(expected);
  });

  it('is enabled, if an administrator had disabled it', async () => {
    await listExample(mattermost);
    await install(mattermost);
    await post(mattermost, 'disable-app', { app_id: ID });
    expect(await get(mattermost, `apps/${ID}`)).toMatchObject({ disabled: true });

    await install(mattermost);

    expect(await get(mattermost, `apps/${ID}`)).not.toHaveProperty('disabled');
    expect(mattermost.stored.bots.find(({ username }) => username === ID)?.isActive).toBe(true);
  });

  it('stays as it was when the installation fails', async () => {
    await listExample(mattermost);
    const before = JSON.parse((await install(mattermost)).text);
    await listExample(mattermost, { icon: 'none.png' });

    expect((await install(mattermost)).status).toBe(500);

    expect(await get(mattermost, `apps/${ID}`)).toEqual(before);
  });

  it('has the manifest that is listed now', async () => {
    await listExample(mattermost);
    await install(mattermost);
    await listExample(mattermost, { description: 'Says more.' });
    expect(await get(mattermost, `apps/${ID}`)).toMatchObject({
      description: expect.stringMatching(/^Says back/),
    });

    await install(mattermost);

    expect(await get(mattermost, `apps/${ID}`)).toMatchObject({ description: 'Says more.' });
  });
});

describe('an app cannot be installed', () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ...['all', 'channel', 'matterbot', 'System'].map((id): [string, Record<string, unknown>, string] => [
      `with the id ${id}`,
      { app_id: id },
      'Bot.IsValid: Invalid username.',
    ]),
    ...['.hello', 'hello.', 'hel..lo'].map((id): [string, Record<string, unknown>, string] => [
      `with the id ${id}`,
      { app_id: id },
      'User.IsValid: Invalid email.',
    ]),
    ['with an id beyond ASCII', { app_id: 'mülltonne' }, 'Bot.IsValid: Invalid username.'],
    ['with a name of 65 characters', { display_name: 'x'.repeat(65) }, 'Bot.IsValid: Invalid user id.'],
    [
      'with a name of 66 bytes',
      { display_name: 'ü'.repeat(33) },
      'failed to create OAuth2 App: OAuthApp.IsValid: Invalid name., app_id=',
    ],
    [
      'with a home page of 257 bytes',
      { homepage_url: `https://example.com/${'x'.repeat(237)}` },
      'failed to create OAuth2 App: OAuthApp.IsValid: Homepage must be a valid URL',
    ],
    [
      'with a home page whose scheme is in capitals',
      { homepage_url: 'HTTPS://example.com' },
      'failed to create OAuth2 App: OAuthApp.IsValid: Homepage must be a valid URL',
    ],
    [
      'with a description of 513 characters',
      { description: 'ü'.repeat(513) },
      'failed to create OAuth2 App: OAuthApp.IsValid: Invalid description., app_id=',
    ],
  ];

  it.each(cases)('%s', async (_name, changes, text) => {
    const app = manifest({ ...changes, Replace: true });
    await post(mattermost, 'update-app-listing', app);

    const answer = await install(mattermost, String(app['app_id']));

    expect(answer.status).toBe(500);
    expect(answer.text).toContain(text);
    expect(mattermost.installed.size).toBe(0);
  });

  it('while OAuth 2.0 is switched off', async () => {
    mattermost.server.oauthServiceProvider = false;
    await listExample(mattermost);

    expect(await install(mattermost)).toMatchObject({
      status: 500,
      text: expect.stringContaining('turned off OAuth2 Service Provider'),
    });
  });
});

describe('the bot of an app', () => {
  async function installAs(id: string): Promise<{ bot_user_id: string; bot_username: string }> {
    await post(mattermost, 'update-app-listing', manifest({ app_id: id, Replace: true }));
    const { status, text } = await install(mattermost, id);
    expect(status).toBe(200);
    return JSON.parse(text);
  }

  it('has the id in lower case as its name', async () => {
    expect(await installAs('Com.Example.Hello')).toMatchObject({ bot_username: 'com.example.hello' });
  });

  it('has another name if a person has that one', async () => {
    expect(await installAs('admin')).toMatchObject({ bot_username: 'admin-app' });
  });

  it('is whichever bot has that name, even that of the plugin', async () => {
    const bot = mattermost.stored.bots.find(({ username }) => username === 'appsbot');
    expect((await installAs('appsbot')).bot_user_id).toBe(bot?.id);
  });

  it('of an app with the id of the built-in one makes that one no other', async () => {
    await installAs('apps');
    expect(await get(mattermost, 'apps/apps')).toMatchObject({ deploy_type: 'builtin', version: '1.2.2' });
  });
});
