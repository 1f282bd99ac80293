import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openNotifier } from '../../../src/api/adapters.js';
import { resolveCommon } from '../../../src/api/common-options.js';
import type { WebhookUrls } from '../../../src/api/network-options.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import { openNetwork } from '../../../src/http/network.js';
import { startLocalMattermost } from '../../stand-ins/mattermost/index.js';
import { COMPANY_CA, startProxy, startTls } from '../../support/company-network.js';
import { tempFolder } from '../../support/temp-folder.js';

const folder = await tempFolder();

async function open(webhooks: WebhookUrls, env: Record<string, string> = {}) {
  const connection = { network: await openNetwork(env) };
  return openNotifier({ ...resolveCommon({ env }), connection }, webhooks, () => {});
}

const NOT_A_WEBHOOK = 'is not the URL of an incoming webhook';

test.each([
  [{ notifications: 'https://chat.example.com' }, undefined],
  [{ notifications: 'http://127.0.0.1:8065/hooks/abc', alerts: 'http://localhost/hooks/abc' }, undefined],
  [{ notifications: '' }, `webhooks.notifications ${NOT_A_WEBHOOK}`],
  [{ notifications: 'chat.example.com/hooks/SECRET' }, `webhooks.notifications ${NOT_A_WEBHOOK}`],
  [{ alerts: 'https://user:SECRET@chat.example.com' }, `webhooks.alerts ${NOT_A_WEBHOOK}`],
  [{ alerts: 'file:///SECRET' }, `webhooks.alerts ${NOT_A_WEBHOOK}`],
  [
    { notifications: 'https://a.de', alerts: 'http://chat.example.com/hooks/SECRET' },
    'webhooks.alerts: messages would be sent unencrypted',
  ],
])('%j is checked when it is opened, and not repeated', async (webhooks, message) => {
  const error = await open(webhooks).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (message === undefined) return expect(error).toBeUndefined();
  return expect(error).toMatchObject({ code: 'USAGE', message });
});

test('messages go through the proxy of a company, and its certificates are trusted', async () => {
  const mattermost = await startLocalMattermost();
  onTestFinished(() => mattermost.stop());
  const { url, posts } = mattermost.createWebhook();
  const proxy = await startProxy({ 'chat.test:443': await startTls(mattermost.siteUrl) });
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, COMPANY_CA);
  const env = { HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: ca };
  const notifier = await open({ alerts: `https://chat.test${new URL(url).pathname}` }, env);

  const error = new AppsctlError('ACCESS_DENIED', 'not allowed');
  notifier.notify({ kind: 'pass failed', error }, { run: 'run-1', environment: 'test' });
  expect(await notifier.flush()).toBe(0);

  expect(posts).toHaveLength(1);
  expect(proxy.requests).toEqual(['CONNECT chat.test:443']);
});
