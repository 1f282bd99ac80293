import { beforeEach, describe, expect, it } from 'vitest';
import type { LocalMattermost } from '../index.js';
import {
  answering,
  type ExampleOnAws,
  ID,
  install,
  listExample,
  startMattermostOnExample,
} from './example-app.js';
import { post } from './mattermost-requests.js';

let mattermost: LocalMattermost;
let aws: ExampleOnAws;

beforeEach(async () => {
  const example = await startMattermostOnExample();
  ({ aws, mattermost } = example);
  await listExample(mattermost);
  return example.stop;
});

/** A call by a user; returns what the user gets. */
async function call(
  appId: string,
  path: string,
  more: Readonly<Record<string, unknown>> = {},
  token = mattermost.adminToken,
): Promise<Record<string, unknown>> {
  const { status, text } = await post(
    mattermost,
    'call',
    { path, context: { app_id: appId, location: '/command' }, ...more },
    token,
  );
  expect(status).toBe(200);
  return JSON.parse(text);
}

/** A call of the plugin's own app. */
const builtin = (path: string, values: Readonly<Record<string, unknown>> = {}) =>
  call('apps', path, { values, expand: { acting_user: 'all' } });

describe('a call to an installed app', () => {
  it('gives the call response, and which bot the app has', async () => {
    await install(mattermost);

    const { app_metadata, ...response } = await call(ID, '/send', { values: { message: 'good morning' } });

    expect(response).toEqual({ type: 'ok', text: 'You said:\n```\ngood morning\n```' });
    expect(app_metadata).toEqual({ bot_user_id: expect.any(String), bot_username: ID });
  });

  it('sends the app its own id, not the one that the user wrote there', async () => {
    await install(mattermost);
    await call(ID, '/send', { values: { message: 'x' } });

    expect(aws.calls('/send')).toEqual([
      {
        path: '/send',
        values: { message: 'x' },
        context: {
          app_id: '',
          mattermost_site_url: mattermost.siteUrl,
          app_path: '/plugins/com.mattermost.apps/apps/hello-serverless',
          bot_user_id: mattermost.installed.get(ID)?.botUserId,
          bot_access_token: expect.stringMatching(/^[0-9a-f]{26}$/),
          oauth2: {},
        },
      },
    ]);
  });

  it('sends it the acting user and the app, if the call expands them', async () => {
    await listExample(mattermost, { requested_permissions: ['act_as_user'] });
    await install(mattermost);
    const expand = { acting_user: '+summary', app: 'all', acting_user_access_token: 'all' };
    await call(ID, '/send', { expand });
    await call(ID, '/send', { expand }, mattermost.userToken);

    const [admin, user] = aws.calls('/send').map(({ context }) => context as Record<string, unknown>);
    expect(admin).toMatchObject({
      acting_user: { username: 'admin' },
      acting_user_access_token: mattermost.adminToken,
      app: { app_id: ID, version: 'v1.2.0', deploy_type: 'aws_lambda', webhook_secret: expect.any(String) },
    });
    expect(admin).not.toHaveProperty('bot_access_token');
    expect(user).toMatchObject({ acting_user: { username: 'user' } });
    expect(user?.['app']).not.toHaveProperty('webhook_secret');
  });

  it.each([
    [
      'one that is not installed',
      'com.example.none',
      '/x',
      'app com.example.none is not installed: not found',
    ],
    ['a path without a slash', ID, 'send', 'call path must start with a "/": "send": invalid input'],
    ['a path of the plugin', ID, '/ping', 'forbidden call path: path /ping defined as /ping'],
    [
      'a path of the manifest',
      ID,
      '/install',
      'forbidden call path: path /install defined as on_install.path',
    ],
    [
      'a path that the app lacks',
      ID,
      '/nothing',
      /^upstream call failed: function failed with status code 404/,
    ],
  ])('is answered with an error for %s', async (_name, id, path, message) => {
    await install(mattermost);

    const { type, text } = await call(id, path);

    expect(type).toBe('error');
    expect(text).toMatch(message);
  });

  it('is refused for one that is disabled', async () => {
    await install(mattermost);
    await post(mattermost, 'disable-app', { app_id: ID });

    expect(await call(ID, '/send')).toMatchObject({
      type: 'error',
      text: `app is disabled by the administrator: ${ID}: forbidden`,
    });
  });

  it('has the type ok if the app gives none', async () => {
    await install(mattermost);
    aws.instead['/send'] = answering({ text: 'hi' });

    expect(await call(ID, '/send')).toMatchObject({ type: 'ok', text: 'hi' });
  });

  it('that cannot be read is refused', async () => {
    expect(await post(mattermost, 'call', '{')).toMatchObject({ status: 400 });
    expect(await post(mattermost, 'call', { path: '/x' })).toMatchObject({
      status: 400,
      text: 'app ID is not set in Call request: invalid input',
    });
    expect((await post(mattermost, 'call', { path: '/x', context: { app_id: ID } }, 'wrong')).text).toBe(
      '{"type":"error","text":"user ID is required: unauthorized","app_metadata":{}}',
    );
  });
});

describe('the app of the plugin', () => {
  it('offers the deploy types that the server can use', async () => {
    const field = { name: 'deploy_type', options: [{ label: 'AWS Lambda', value: 'aws_lambda' }] };
    expect(await builtin('/install-listed', { app: ID })).toMatchObject({
      type: 'form',
      form: { fields: [field] },
    });

    mattermost.configureAws(undefined);
    const { form } = await builtin('/install-listed', { app: ID });
    expect((form as { fields: unknown[] }).fields[0]).not.toHaveProperty('options');
  });

  it('lists apps in a table, with whether they answer', async () => {
    expect((await builtin('/list'))['text']).toContain('|Listed||v1.2.0|');
    await install(mattermost);
    expect((await builtin('/list'))['text']).toContain(`(\`${ID}\`)|**Installed**|AWS Lambda|v1.2.0|`);
    await listExample(mattermost, { version: 'v1.3.0' });
    expect((await builtin('/list'))['text']).toContain('|v1.2.0, v1.3.0 in marketplace|');
    aws.instead['/ping'] = answering(undefined);
    expect((await builtin('/list'))['text']).toContain('|Installed, **Unreachable**|');
    await builtin('/disable', { app: ID });
    expect((await builtin('/list'))['text']).toContain('|Installed, Disabled|');
  });

  it('uninstalls an app that objects only by force', async () => {
    await listExample(mattermost, { on_uninstall: '/bye' });
    await install(mattermost);
    aws.instead['/bye'] = answering({ type: 'error', text: 'not now' });

    expect(await builtin('/uninstall', { app: ID })).toMatchObject({
      type: 'error',
      text: 'app canceled uninstall request: not now',
    });
    expect(await builtin('/uninstall', { app: ID, force: true })).toMatchObject({
      type: 'ok',
      text: 'Force-uninstalled Hello, Serverless!, despite error: not now',
    });
  });

  it('shows all users its version, and obeys administrators if the acting user is expanded', async () => {
    const { userToken } = mattermost;
    expect((await call('apps', '/info', {}, userToken))['text']).toContain('plugin version: 1.2.2');
    expect((await call('apps', '/list'))['text']).toContain('please make sure Expand.ActingUser is set');
    expect((await call('apps', '/list', { expand: { acting_user: 'all' } }, userToken))['text']).toMatch(
      /^user user \(\w+\) is not a sysadmin: unauthorized$/,
    );
  });
});
