import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalMattermost, startLocalMattermost } from '../index.js';
import { send } from './mattermost-requests.js';

let mattermost: LocalMattermost;
let path: string;
let posts: ReturnType<LocalMattermost['createWebhook']>['posts'];

beforeEach(async () => {
  mattermost = await startLocalMattermost();
  const webhook = mattermost.createWebhook();
  path = new URL(webhook.url).pathname;
  posts = webhook.posts;
});
afterEach(() => mattermost.stop());

function post(body: unknown, to = path) {
  return send(mattermost, 'POST', to, undefined, body);
}

describe('an incoming webhook', () => {
  it('posts a text', async () => {
    expect(await post({ text: 'hello' })).toEqual({ status: 200, contentType: 'text/plain', text: 'ok' });
    expect(posts).toEqual([{ text: 'hello', attachments: [] }]);
  });

  it('posts attachments, with values as text', async () => {
    const fields = [{ title: 'Size', value: 7, short: true }, null, { value: null }];
    await post({ text: null, attachments: [{ fallback: 'f', color: '#006400', title: 't', fields }] });
    expect(posts).toEqual([
      {
        text: '',
        attachments: [
          {
            ...{ fallback: 'f', color: '#006400', pretext: '', title: 't', text: '' },
            fields: [
              { title: 'Size', value: '7', short: true },
              { title: '', value: '', short: false },
            ],
          },
        ],
      },
    ]);
  });

  it('converts mentions and links as Slack writes them, links not in titles', async () => {
    const hostile = '<!here> <https://example.com|x>';
    const [converted, title] = ['@here [x](https://example.com)', '@here <https://example.com|x>'];
    await post({ attachments: [{ fallback: hostile, title: hostile, fields: [{ value: hostile }] }] });
    expect(posts[0]?.attachments[0]).toMatchObject({
      fallback: hostile,
      title,
      fields: [{ value: converted }],
    });
  });

  it.each([
    ['nothing', {}, 400, 'No text specified.'],
    ['an empty text', { text: '' }, 400, 'No text specified.'],
    ['what is not JSON', '{', 400, 'Unable to parse incoming data.'],
    ['a text that is a number', { text: 1 }, 400, 'Unable to parse incoming data.'],
    ['an attachment that is a text', { attachments: ['a'] }, 400, 'Unable to parse incoming data.'],
    ['attachments that are a text', { attachments: 'a' }, 400, 'Unable to parse incoming data.'],
    ['over 300,000 bytes', { text: 'a'.repeat(300_000) }, 400, 'Unable to parse incoming data.'],
  ])('refuses %s', async (_, body, status, message) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status, contentType: 'application/json' });
    expect(JSON.parse(answer.text)).toMatchObject({ message, status_code: status });
    expect(posts).toEqual([]);
  });

  it('that does not exist is an error', async () => {
    const answer = await post({ text: 'a' }, '/hooks/abc');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('web.incoming_webhook.invalid.app_error');
    expect(await post({ text: 'a' }, '/hooks/')).toMatchObject({ status: 404 });
    expect(await send(mattermost, 'GET', path)).toMatchObject({ status: 404 });
  });

  it('can be switched off for all', async () => {
    mattermost.server.incomingWebhooks = false;
    expect(await post({ text: 'a' })).toMatchObject({ status: 501 });
  });
});

it('a fault may have headers', async () => {
  await mattermost.stop();
  mattermost = await startLocalMattermost({
    intercept: () => ({ kind: 'error', status: 429, message: 'slow down', headers: { 'Retry-After': '7' } }),
  });
  const response = await fetch(`${mattermost.siteUrl}/hooks/abc`, { method: 'POST', body: '{}' });
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('7');
});
