import { describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../src/core/async/clock.js';
import type { DeployerEvent } from '../../../src/core/deployer/event.js';
import type { DeployerMessage } from '../../../src/core/deployer/message.js';
import type { FailedBundle } from '../../../src/core/deployer/report.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import { LIBRARY_VOCABULARY } from '../../../src/core/diagnostics/vocabulary.js';
import { WebhookNotifier, type WebhookOptions, type Webhooks } from '../../../src/mattermost/webhook.js';
import {
  type LocalMattermost,
  type LocalMattermostOptions,
  startLocalMattermost,
} from '../../stand-ins/mattermost/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { deployedBundle, failedBundle, passReport } from '../../support/pass-report.js';
import { startSelfSignedServer } from '../../support/self-signed.js';
import { respondWith, serve } from './canned-server.js';

const CONTEXT = { run: 'run-1', environment: 'test' };

function deployed(key?: string): DeployerMessage {
  return { kind: 'deployed', bundle: deployedBundle(key) };
}

function summary(...failed: FailedBundle[]): DeployerMessage {
  return { kind: 'summary', report: passReport({ failed }) };
}

const PASS_FAILED: DeployerMessage = {
  kind: 'pass failed',
  error: new AppsctlError('ACCESS_DENIED', 'not allowed'),
};

async function start(options?: LocalMattermostOptions): Promise<LocalMattermost> {
  const mattermost = await startLocalMattermost(options);
  onTestFinished(() => mattermost.stop());
  return mattermost;
}

/** A notifier, and what it reports. No part of the secret path may be in what it reports. */
function open(webhooks: Partial<Webhooks>, options: Partial<WebhookOptions> = {}) {
  const clock = new FakeClock();
  const events: DeployerEvent[] = [];
  const notifier = new WebhookNotifier(
    { notifications: undefined, alerts: undefined, ...webhooks },
    {
      ...{ vocabulary: LIBRARY_VOCABULARY, clock, signal: undefined },
      onEvent: (event) => void events.push(event),
      ...options,
    },
  );
  onTestFinished(() => {
    const reported = JSON.stringify(events);
    for (const url of [webhooks.notifications, webhooks.alerts]) {
      if (url !== undefined) expect(reported).not.toContain(new URL(url).pathname.slice('/hooks/'.length));
    }
    expect(reported).not.toContain('/hooks');
  });
  return {
    notifier,
    clock,
    events,
    /** Sends messages, and returns how many were not delivered. */
    send: (...messages: DeployerMessage[]) => {
      for (const message of messages) notifier.notify(message, CONTEXT);
      return notifier.flush();
    },
    warnings: () => events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])),
  };
}

const cannotSend = (purpose: string, url: string, reason: string): string =>
  `cannot send a message to the webhook for ${purpose}: ${new URL(url).host} ${reason}`;

/** Responds to each request in turn, and to all others with the last one. */
function respondInTurn(...responses: ReturnType<typeof respondWith>[]): ReturnType<typeof respondWith> {
  let index = 0;
  return (request, response) => responses[Math.min(index++, responses.length - 1)]?.(request, response);
}

describe('messages', () => {
  test('are posted in order, each to the webhook of its purpose', async () => {
    const mattermost = await start();
    const [notifications, alerts] = [mattermost.createWebhook(), mattermost.createWebhook()];
    const { send, warnings } = open({ notifications: notifications.url, alerts: alerts.url });

    const messages = [
      deployed(),
      { kind: 'failed', bundle: failedBundle() } as const,
      PASS_FAILED,
      { kind: 'passes work again' } as const,
      summary(),
      summary(failedBundle()),
    ];
    expect(await send(...messages)).toBe(0);

    const titles = ({ posts }: typeof alerts) => posts.map(({ attachments }) => attachments[0]?.title);
    expect(titles(notifications)).toEqual([
      'Deployed Example 1\\.0\\.0 to test',
      '0 bundles deployed to test, 0 failed',
    ]);
    expect(titles(alerts)).toEqual([
      'Cannot deploy broken\\.zip to test',
      'The deployer cannot deploy to test',
      'The deployer can deploy to test again',
      '0 bundles deployed to test, 1 failed',
    ]);
    expect(warnings()).toEqual([]);
  });

  test('go to the webhook for notifications if there is none for alerts, but not the other way round', async () => {
    const mattermost = await start();
    const [both, alerts] = [mattermost.createWebhook(), mattermost.createWebhook()];

    expect(await open({ notifications: both.url }).send(deployed(), PASS_FAILED)).toBe(0);
    expect(await open({ alerts: alerts.url }).send(deployed(), PASS_FAILED)).toBe(0);
    expect(await open({}).send(deployed(), PASS_FAILED)).toBe(0);

    expect(both.posts).toHaveLength(2);
    expect(alerts.posts).toHaveLength(1);
  });

  test('of a hostile app arrive as text', async () => {
    const mattermost = await start();
    const { url, posts } = mattermost.createWebhook();
    const key = '<!channel> <https://example.com|x> @all **b** #tag :goat:\n# c';
    await open({ notifications: url }).send(deployed(key));
    const fields = posts[0]?.attachments[0]?.fields;
    expect(fields?.find(({ title }) => title === 'Bundle')?.value).toBe(
      '&#60;\\!channel&#62; &#60;https&#58;//example\\.com&#124;x&#62; @\u200ball \\*\\*b\\*\\* &#35;tag &#58;goat: &#35; c',
    );
  });
});

describe('a message that fails', () => {
  test.each([
    [404, 'Not Found', 'responds with 404: Not Found'],
    [400, '{"message":"Invalid webhook."}', 'responds with 400: Invalid webhook.'],
    [400, '{"message":"Invalid webhook the-secret-id"}', 'responds with 400: Bad Request'],
    [501, '{"message":"switched off"}', 'responds with 501: switched off'],
    [200, '<html>log in</html>', 'responds with a web page: it is not Mattermost'],
  ])('with %i %s is not sent again', async (status, body, reason) => {
    const { url, requests } = await serve(respondWith(status, body));
    const { send, warnings, events } = open({ notifications: `${url}/hooks/the-secret-id` });
    expect(await send(deployed('a.zip'))).toBe(1);
    expect(requests).toHaveLength(1);
    expect(warnings()).toEqual([cannotSend('notifications', url, reason)]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning', bundle: 'a.zip' }));
  });

  test('because of a redirect is not sent there', async () => {
    const other = await serve(respondWith(200, 'ok'));
    const { url } = await serve(respondWith(307, '', { location: `${other.url}/hooks/id` }));
    const { send, warnings } = open({ alerts: `${url}/hooks/secret` });
    expect(await send(PASS_FAILED)).toBe(1);
    expect(other.requests).toEqual([]);
    const reason = `redirects to ${new URL(other.url).host}, which is not followed`;
    expect(warnings()).toEqual([cannotSend('alerts', url, reason)]);
  });

  test('because a certificate is not trusted is not sent again', async () => {
    const url = await startSelfSignedServer();
    const { send, warnings, clock } = open({ notifications: `${url}/hooks/secret` });
    expect(await send(deployed())).toBe(1);
    expect(warnings()[0]).toContain('has a certificate that this machine does not trust');
    expect(clock.waits).toEqual([]);
  });

  test('because there is no response in time is not sent again: it may have arrived', async () => {
    const { url } = await serve(() => {});
    const { send, warnings, clock } = open(
      { notifications: `${url}/hooks/secret` },
      { timeouts: { request: 50 } },
    );
    expect(await send(deployed())).toBe(1);
    expect(clock.waits).toEqual([]);
    expect(warnings()).toEqual([cannotSend('notifications', url, 'did not respond within 0.05 s')]);
  });
});

describe('a message is sent again', () => {
  test.each([429, 500, 502, 503])('after status %i, three times at most', async (status) => {
    const { url, requests } = await serve(respondWith(status));
    const { send, clock } = open({ notifications: `${url}/hooks/secret` });
    expect(await send(deployed())).toBe(1);
    expect(requests).toHaveLength(3);
    expect(clock.waits).toEqual([1000, 2000]);
  });

  test('after the connection was cut', async () => {
    const mattermost = await start({
      intercept: ({ index }) => (index < 2 ? { kind: 'resetBefore' } : undefined),
    });
    const { url, posts } = mattermost.createWebhook();
    const { send, warnings } = open({ notifications: url });
    expect(await send(deployed())).toBe(0);
    expect(posts).toHaveLength(1);
    expect(warnings()).toEqual([]);
  });

  test('to a server that is down', async () => {
    const mattermost = await startLocalMattermost();
    const { url } = mattermost.createWebhook();
    await mattermost.stop();
    const { send, warnings, clock } = open({ notifications: url });
    expect(await send(deployed())).toBe(1);
    expect(warnings()).toEqual([cannotSend('notifications', url, 'cannot be reached (ECONNREFUSED)')]);
    expect(clock.waits).toEqual([1000, 2000]);
  });

  test.each([
    ['7', [7000]],
    ['0', [0]],
    ['86400', [30_000]],
    ['Thu, 01 Jan 2099 00:00:00 GMT', [30_000]],
    ['Thu, 01 Jan 2015 00:00:00 GMT', [0]],
    ['soon', [1000]],
  ])('after the pause that the server asks for, 30 s at most: %s', async (header, waits) => {
    const mattermost = await start({
      intercept: ({ index }) =>
        index === 0
          ? { kind: 'error', status: 429, message: '', headers: { 'Retry-After': header } }
          : undefined,
    });
    const { url, posts } = mattermost.createWebhook();
    const { send, clock } = open({ notifications: url });
    expect(await send(deployed())).toBe(0);
    expect(posts).toHaveLength(1);
    expect(clock.waits).toEqual(waits);
  });
});

describe('a webhook that is dead', () => {
  test('gets no message after three failures, until the next pass', async () => {
    const { url, requests } = await serve(respondWith(400));
    const { send, warnings } = open({ notifications: `${url}/hooks/secret` });
    const messages = Array.from({ length: 6 }, () => deployed());
    expect(await send(...messages)).toBe(6);
    expect(requests).toHaveLength(3);
    expect(warnings()).toHaveLength(4);
    expect(warnings().at(-1)).toBe(
      'the other messages of this run to the webhook for notifications are not sent: the last 3 were not delivered',
    );

    expect(await send(deployed())).toBe(1);
    expect(requests).toHaveLength(4);
    expect(warnings()).toHaveLength(5);
  });

  test('gets messages as long as one of three arrives', async () => {
    const [bad, good] = [respondWith(400), respondWith(200, 'ok')];
    const { url, requests } = await serve(respondInTurn(bad, bad, good, bad, bad, good));
    const { send } = open({ notifications: `${url}/hooks/secret` });
    expect(await send(...Array.from({ length: 6 }, () => deployed()))).toBe(4);
    expect(requests).toHaveLength(6);
  });

  test('does not keep messages from the other one', async () => {
    const mattermost = await start();
    const alerts = mattermost.createWebhook();
    const { url } = await serve(respondWith(400));
    const { send } = open({ notifications: `${url}/hooks/secret`, alerts: alerts.url });
    expect(await send(deployed(), deployed(), deployed(), deployed(), PASS_FAILED)).toBe(4);
    expect(alerts.posts).toHaveLength(1);
  });

  test('does not hold up the end of a pass', async () => {
    const { url } = await serve(() => {});
    const { send, warnings } = open({ notifications: `${url}/hooks/secret` }, { timeouts: { flush: 50 } });
    expect(await send(deployed(), deployed(), deployed())).toBe(3);
    expect(warnings()).toEqual([
      cannotSend('notifications', url, 'did not respond in time'),
      'the other messages of this run to the webhook for notifications are not sent: there is no time left',
    ]);
  });

  test('fills no memory with thousands of messages', async () => {
    const { url, requests } = await serve(() => {});
    const { notifier, warnings } = open(
      { notifications: `${url}/hooks/secret` },
      { timeouts: { flush: 50 } },
    );
    for (let index = 0; index < 1100; index++) notifier.notify(deployed(), CONTEXT);
    expect(warnings()).toEqual([
      'the other messages of this run to the webhook for notifications are not sent: 1000 are waiting already',
    ]);
    expect(await notifier.flush()).toBe(1100);
    expect(requests).toHaveLength(1);
    expect(warnings()).toHaveLength(2);
  });

  test('gets the messages of the next pass', async () => {
    const { url } = await serve(respondInTurn(() => {}, respondWith(200, 'ok')));
    const { send } = open({ notifications: `${url}/hooks/secret` }, { timeouts: { flush: 200 } });
    expect(await send(deployed())).toBe(1);
    expect(await send(deployed())).toBe(0);
  });
});

describe('after an interruption', () => {
  test('each message is tried once', async () => {
    const { url, requests } = await serve(respondWith(503));
    const { send, clock } = open({ notifications: `${url}/hooks/secret` }, { signal: AbortSignal.abort() });
    expect(await send(deployed(), deployed())).toBe(2);
    expect(requests).toHaveLength(2);
    expect(clock.waits).toEqual([]);
  });

  test('a message that waits for another try gets it at once, and no third one', async () => {
    const interruption = new AbortController();
    const clock: Clock = {
      now: () => 0,
      sleep: async (_, signal) => {
        interruption.abort();
        expect(signal?.aborted).toBe(true);
      },
    };
    const { url, requests } = await serve(respondWith(503));
    const { send } = open({ notifications: `${url}/hooks/secret` }, { clock, signal: interruption.signal });
    expect(await send(deployed())).toBe(1);
    expect(requests).toHaveLength(2);
  });

  test('there is less time, also for the message that is being sent', async () => {
    const interruption = new AbortController();
    const { url, requests } = await serve(() => interruption.abort());
    const { send } = open(
      { notifications: `${url}/hooks/secret` },
      { signal: interruption.signal, timeouts: { interrupted: 50 } },
    );
    expect(await send(deployed(), deployed())).toBe(2);
    expect(requests).toHaveLength(1);
  });
});
