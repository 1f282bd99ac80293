import { describe, expect, test } from 'vitest';
import type { MattermostOptions } from '../../../../src/api/network-options.js';
import { appEnvironment, settingsVariables } from '../../../../src/cli/input/environment.js';
import { type MattermostFlags, readMattermostOptions } from '../../../../src/cli/input/mattermost-options.js';
import { USAGE, USAGE_HINT } from '../../../support/messages/usage.js';

function read(siteUrl: string, flags: MattermostFlags = {}): MattermostOptions {
  const env = { MM_SERVICESETTINGS_SITEURL: siteUrl, MM_ADMIN_TOKEN: 's3cret' };
  return readMattermostOptions({ env }, flags);
}

describe('an admin token', () => {
  test.each([
    'http://chat.example.com',
    'HTTP://CHAT.example.com:8065/team',
    'http://10.0.0.7',
    'http://127.example.com',
    'http://localhost.example.com',
    'http://[::2]',
  ])('is not sent unencrypted to %s, unless that is allowed', (siteUrl) => {
    expect(() => read(siteUrl)).toThrow(
      expect.objectContaining({
        code: 'INVALID_VARIABLE',
        message: USAGE.unencrypted(siteUrl),
        hint: USAGE_HINT.insecureHttp,
      }),
    );
    expect(read(siteUrl, { insecureHttp: true })).toEqual({ url: siteUrl, token: 's3cret', allowHttp: true });
  });

  test.each([
    'https://chat.example.com',
    'http://localhost:8065',
    'http://LOCALHOST',
    'http://chat.localhost',
    'http://127.0.0.1:8065',
    'http://127.1.2.3',
    'http://[::1]:8065',
    // The same as 127.0.0.1.
    'http://2130706433',
  ])('is sent to %s', (siteUrl) => {
    expect(read(siteUrl)).toMatchObject({ url: siteUrl, token: 's3cret' });
  });
});

test.each([
  ['chat.example.com', 'did you mean https://chat.example.com?'],
  ['chat.example.com:8065/', 'did you mean https://chat.example.com:8065/?'],
  ['user:s3cret@chat.example.com', 'use the URL of the server, such as https://chat.example.com'],
  ['chat', 'use the URL of the server, such as https://chat.example.com'],
])('for the site URL %s, a hint', (siteUrl, hint) => {
  expect(() => read(siteUrl)).toThrow(expect.objectContaining({ code: 'INVALID_VARIABLE', hint }));
});

test('a settings file cannot name the credentials of a deployment', () => {
  const kept = { MM_APPS_AWS_REGION: 'us-east-1', AWS_REGION: 'us-east-1', API_KEY: 'k' };
  const env = {
    ...kept,
    MM_ADMIN_TOKEN: 's3cret',
    MM_APPS_DEPLOY_AWS_SECRET_KEY: 's3cret',
    AWS_SECRET_ACCESS_KEY: 's3cret',
    AWS_ACCESS_KEY_ID: 's3cret',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 's3cret',
    aws_session_token: 's3cret',
  };
  expect(settingsVariables({ env })).toEqual(kept);
});

test('programs of the app run without the access keys, the token and the webhooks', () => {
  const kept = {
    PATH: '/bin',
    MM_APPS_AWS_REGION: 'us-east-1',
    AWS_PROFILE: 'registry',
    ENCRYPTION_KEY: 'k',
  };
  const env = {
    ...kept,
    MM_APPS_DEPLOY_AWS_ACCESS_KEY: 's3cret',
    MM_APPS_DEPLOY_AWS_SECRET_KEY: 's3cret',
    MM_APPS_AWS_ACCESS_KEY: 's3cret',
    MM_APPS_AWS_SECRET_KEY: 's3cret',
    MM_ADMIN_TOKEN: 's3cret',
    mm_admin_token: 's3cret',
    MM_APPS_NOTIFICATIONS_WEBHOOK: 's3cret',
    MM_APPS_ALERTS_WEBHOOK: 's3cret',
    MM_APPS_PUSHGATEWAY_URL: 's3cret',
    MattermostNotificationsHook: 's3cret',
    MattermostAlertsHook: 's3cret',
  };

  expect(appEnvironment({ env })).toEqual(kept);
});
