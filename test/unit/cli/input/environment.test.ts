import { describe, expect, test } from 'vitest';
import { appEnvironment, settingsVariables } from '../../../../src/cli/input/environment.js';
import { readMattermostOptions } from '../../../../src/cli/input/mattermost-options.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';

/** The events of reading the variables for this server. */
function eventsFor(siteUrl: string): AppsctlEvent[] {
  const events: AppsctlEvent[] = [];
  const context = {
    env: { MM_SERVICESETTINGS_SITEURL: siteUrl, MM_ADMIN_TOKEN: 's3cret' },
    onEvent: (event: AppsctlEvent) => void events.push(event),
  };
  expect(readMattermostOptions(context)).toEqual({ url: siteUrl, token: 's3cret' });
  return events;
}

describe('an admin token', () => {
  test.each([
    'http://chat.example.com',
    'HTTP://CHAT.example.com:8065/team',
    'http://10.0.0.7',
    'http://127.example.com',
    'http://localhost.example.com',
    'http://[::2]',
  ])('for %s causes a warning: it is sent unencrypted', (siteUrl) => {
    expect(eventsFor(siteUrl)).toEqual([
      {
        type: 'warning',
        message: `the admin token is sent unencrypted to ${siteUrl}: use https`,
      },
    ]);
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
  ])('for %s causes none', (siteUrl) => {
    expect(eventsFor(siteUrl)).toEqual([]);
  });
});

test.each([
  ['chat.example.com', 'did you mean https://chat.example.com?'],
  ['chat.example.com:8065/', 'did you mean https://chat.example.com:8065/?'],
  ['user:s3cret@chat.example.com', 'use the URL of the server, such as https://chat.example.com'],
  ['chat', 'use the URL of the server, such as https://chat.example.com'],
])('for the site URL %s, a hint', (siteUrl, hint) => {
  expect(() => eventsFor(siteUrl)).toThrow(expect.objectContaining({ code: 'INVALID_VARIABLE', hint }));
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

test('programs of the app run without the access keys and the token', () => {
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
  };

  expect(appEnvironment({ env })).toEqual(kept);
});
