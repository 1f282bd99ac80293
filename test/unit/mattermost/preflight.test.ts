import { describe, expect, onTestFinished, test } from 'vitest';
import { MattermostServer } from '../../../src/mattermost/mattermost-server.js';
import {
  type LocalMattermost,
  type LocalMattermostOptions,
  startLocalMattermost,
} from '../../stand-ins/mattermost/index.js';
import { cannot } from '../../support/messages/aws.js';
import { MATTERMOST, MATTERMOST_ACTION, MATTERMOST_HINT } from '../../support/messages/mattermost.js';
import { ANY, containing, matching } from '../../support/messages/output.js';
import { catchError } from './canned-server.js';

type Who = 'admin' | 'user' | 'bot' | 'wrong';

async function start(
  server: NonNullable<LocalMattermostOptions['server']>,
  who: Who = 'admin',
): Promise<{ mattermost: LocalMattermost; server: MattermostServer }> {
  const mattermost = await startLocalMattermost({ server });
  onTestFinished(() => mattermost.stop());
  const { adminToken: admin, userToken: user, botToken: bot } = mattermost;
  const token = { admin, user, bot, wrong: 'wrong' }[who];
  return { mattermost, server: new MattermostServer(mattermost.siteUrl, token) };
}

const refused: [
  name: string,
  server: LocalMattermostOptions['server'],
  message: (siteUrl: string) => string,
  hint: string,
][] = [
  ['a server of version 10', { version: '10.5.0' }, MATTERMOST.flagOff, MATTERMOST_HINT.setFlag],
  [
    'a server of version 11 without the plugin',
    { version: '11.0.0', appsPlugin: 'missing' },
    MATTERMOST.flagOff,
    `${MATTERMOST_HINT.setFlag}; then ${MATTERMOST_HINT.upload}`,
  ],
  [
    'a server without the plugin',
    { appsPlugin: 'missing' },
    MATTERMOST.pluginMissing,
    MATTERMOST_HINT.upload,
  ],
  [
    'a server whose plugin is disabled',
    { appsPlugin: 'disabled' },
    MATTERMOST.pluginDisabled,
    MATTERMOST_HINT.enablePlugin,
  ],
  [
    'a server whose plugin does not start',
    { appsPlugin: 'failed to start' },
    (url) => `the Apps plugin of ${url} has failed: unable to start plugin: exit status 1`,
    MATTERMOST_HINT.seeLog,
  ],
  [
    'a server without plugins',
    { pluginsEnabled: false },
    (url) =>
      cannot(
        MATTERMOST_ACTION.checkPlugin,
        MATTERMOST.responds(url, 501, 'Plugins have been disabled. Please check your logs for details.'),
      ),
    MATTERMOST_HINT.enablePlugins,
  ],
  [
    'a server that is too old for the plugin',
    { version: '7.5.2', appsPlugin: 'failed to start' },
    (url) => `the Apps plugin cannot run on ${url}: Mattermost 7.5.2 is too old`,
    'upgrade the server to Mattermost 7.7.0 or later',
  ],
  [
    'a server whose plugin is too old',
    { pluginVersion: '1.1.9' },
    (url) => `the Apps plugin of ${url} is too old: 1.1.9`,
    'upgrade the plugin com.mattermost.apps to version 1.2.0 or later',
  ],
];

describe('access to a server', () => {
  test.each<[string, LocalMattermostOptions['server'], Who]>([
    ['of version 9', {}, 'admin'],
    ['of version 10 with the feature flag', { version: '10.5.0', appsFeatureFlag: true }, 'admin'],
    ['whose plugin is a later version', { pluginVersion: '2.0.0' }, 'admin'],
    ['by a bot', {}, 'bot'],
  ])('%s is accepted', async (_, settings, who) => {
    const { mattermost, server } = await start(settings ?? {}, who);

    await server.checkAccess();

    expect(mattermost.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /api/v4/users/me',
      'POST /plugins/com.mattermost.apps/api/v1/ping',
    ]);
  });

  test.each(refused)('of %s is refused', async (_, settings, message, hint) => {
    const { mattermost, server } = await start(settings ?? {});

    expect(await catchError(server.checkAccess())).toMatchObject({
      message: message(mattermost.siteUrl),
      hint,
    });
  });

  test('whose plugin is missing for an unknown reason is refused with a list of what to check', async () => {
    const { mattermost, server } = await start({ appsPlugin: 'disabled', mfaEnforced: true });

    expect(await catchError(server.checkAccess())).toMatchObject({
      message: `the Apps plugin of ${mattermost.siteUrl} does not respond (404)`,
      hint: expect.stringMatching(/^check mattermost\.url, .* MM_FEATUREFLAGS_APPSENABLED=true$/),
    });
  });

  test.each<[Who, object]>([
    [
      'wrong',
      {
        code: 'ACCESS_DENIED',
        message: expect.stringMatching(
          containing(MATTERMOST.responds(ANY, 401, 'Invalid or expired session')),
        ),
      },
    ],
    ['user', { code: 'ACCESS_DENIED', message: expect.stringMatching(matching(MATTERMOST.notAdmin(ANY))) }],
  ])('with the token of %s is refused, even if the plugin is missing', async (who, error) => {
    const { server } = await start({ appsPlugin: 'missing' }, who);

    expect(await catchError(server.checkAccess())).toMatchObject(error);
  });
});

describe('where multi-factor authentication is enforced', () => {
  test('the token of a user without it is refused by the plugin, and the error says why', async () => {
    const { mattermost, server } = await start({ mfaEnforced: true });

    await server.checkAccess();
    expect(await catchError(server.findInstallation('com.example.app'))).toMatchObject({
      code: 'ACCESS_DENIED',
      message: cannot(
        MATTERMOST_ACTION.findInstallation('com.example.app'),
        MATTERMOST.mfaEnforced(mattermost.siteUrl),
      ),
      hint: MATTERMOST_HINT.setUpMfa('mattermost.token'),
    });
  });

  test('the token of a bot is accepted', async () => {
    const { server } = await start({ mfaEnforced: true }, 'bot');

    await server.checkAccess();
    expect(await server.findInstallation('com.example.app')).toBeUndefined();
  });
});
