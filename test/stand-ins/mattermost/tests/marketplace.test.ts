import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalMattermost, startLocalMattermost } from '../index.js';
import { get, manifest, post } from './mattermost-requests.js';

let mattermost: LocalMattermost;

beforeEach(async () => {
  mattermost = await startLocalMattermost();
});

afterEach(() => mattermost.stop());

describe('the marketplace', () => {
  const listed = [
    manifest({ app_id: 'com.example.pay', display_name: 'zebra', icon: 'icon.png' }),
    manifest({
      app_id: 'com.example.payments',
      display_name: 'Apple',
      description: 'What com.example.PAY has',
    }),
    manifest({
      app_id: 'com.example.plugin',
      display_name: 'Plug',
      aws_lambda: undefined,
      plugin: { plugin_id: 'p' },
    }),
  ];

  async function found(query: string): Promise<unknown[]> {
    for (const body of listed) {
      await post(mattermost, 'update-app-listing', { ...body, Replace: true });
    }
    const answer = (await get(mattermost, `marketplace?${query}`)) as { manifest: { app_id: string } }[];
    return answer.map(({ manifest: { app_id } }) => app_id);
  }

  it.each([
    ['', ['com.example.payments', 'com.example.pay']],
    ['include_plugins=true', ['com.example.payments', 'com.example.plugin', 'com.example.pay']],
    // Equal to an id, or contained in name or description.
    ['filter=com.example.pay', ['com.example.payments', 'com.example.pay']],
    ['filter=com.example', ['com.example.payments']],
    ['filter=ZEB', ['com.example.pay']],
    ['filter=com.example.plugin', []],
    ['filter=com.example.plugin&include_plugins=1', ['com.example.plugin']],
  ])('finds with %j, by name: %j', async (query, ids) => {
    expect(await found(query)).toEqual(ids);
  });

  it('says whether an app is installed, and where its icon is', async () => {
    await found('');

    expect(await get(mattermost, 'marketplace?filter=zebra')).toEqual([
      {
        manifest: { SchemaVersion: '1.2.2', ...listed[0] },
        installed: false,
        enabled: false,
        icon_url: `${mattermost.siteUrl}/plugins/com.mattermost.apps/apps/com.example.pay/static/icon.png`,
      },
    ]);
  });
});
