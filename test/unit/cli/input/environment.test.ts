import { describe, expect, test } from 'vitest';
import { readMattermostEnvironment } from '../../../../src/cli/input/environment.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';

/** What reading the variables for this server reports. */
function eventsFor(siteUrl: string): AppsctlEvent[] {
  const events: AppsctlEvent[] = [];
  const context = {
    env: { MM_SERVICESETTINGS_SITEURL: siteUrl, MM_ADMIN_TOKEN: 's3cret' },
    onEvent: (event: AppsctlEvent) => void events.push(event),
  };
  expect(readMattermostEnvironment(context)).toEqual({ siteUrl, token: 's3cret' });
  return events;
}

describe('a token', () => {
  test.each([
    'http://chat.example.com',
    'HTTP://CHAT.example.com:8065/team',
    'http://10.0.0.7',
    'http://127.example.com',
    'http://localhost.example.com',
    'http://[::2]',
  ])('that goes to %s is warned of', (siteUrl) => {
    expect(eventsFor(siteUrl)).toEqual([
      {
        type: 'warning',
        message: `the token of MM_ADMIN_TOKEN is sent unencrypted to ${siteUrl}: use https`,
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
  ])('that goes to %s is not', (siteUrl) => {
    expect(eventsFor(siteUrl)).toEqual([]);
  });
});
