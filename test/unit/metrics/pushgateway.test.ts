import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { firstSamples } from '../../../src/core/deployer/metrics.js';
import { formatMetrics } from '../../../src/core/deployer/metrics-text.js';
import { pushTarget } from '../../../src/core/deployer/pushgateway-url.js';
import type { AppsctlEvent } from '../../../src/core/diagnostics/event.js';
import type { Agents } from '../../../src/http/network.js';
import { openNetwork } from '../../../src/http/network.js';
import { pushMetrics } from '../../../src/metrics/pushgateway.js';
import { COMPANY_CA, startProxy, startTls } from '../../support/company-network.js';
import { tempFolder } from '../../support/temp-folder.js';
import { respondWith, serve } from '../mattermost/canned-server.js';

const SAMPLES = firstSamples({ environment: 'test', version: '2.0.0' });
const PATH = '/base/metrics/job/appsctl_deployer/environment/test';
const folder = await tempFolder();

/** Pushes to the base path of a server, and returns the events. */
async function push(url: string, agents?: Agents): Promise<AppsctlEvent[]> {
  const target = pushTarget(url, 'test');
  if (target === undefined) throw new Error('no URL');
  const events: AppsctlEvent[] = [];
  await pushMetrics(target, SAMPLES, { agents, onEvent: (event) => events.push(event) });
  return events;
}

function warnings(events: readonly AppsctlEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
}

test('metrics are posted to the group of the job and the environment, with the password only in a header', async () => {
  const contentTypes: (string | undefined)[] = [];
  const { url, requests } = await serve((request, response) => {
    contentTypes.push(request.headers['content-type']);
    response.writeHead(202).end();
  });
  const events = await push(`${url.replace('//', '//me:s3cret@')}/base/`);
  const authorization = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;
  expect(requests).toEqual([{ method: 'POST', url: PATH, authorization, body: formatMetrics(SAMPLES) }]);
  expect(contentTypes).toEqual(['text/plain; version=0.0.4; charset=utf-8']);
  expect(events).toEqual([
    expect.objectContaining({
      type: 'request',
      service: 'pushgateway',
      operation: `POST ${PATH}`,
      outcome: '202',
    }),
  ]);
});

test.each([
  [400, 'it responds with 400'],
  [401, 'it responds with 401; check the user and the password in its URL'],
  [503, 'it responds with 503'],
  [307, 'it redirects (307), which is not followed; use the URL of the Pushgateway itself'],
])('a response %d is a warning', async (status, problem) => {
  const { url, requests } = await serve(respondWith(status, 'me:s3cret', { Location: '/elsewhere' }));
  const events = await push(url.replace('//', '//me:s3cret@'));
  expect(warnings(events)).toEqual([`the metrics were not sent to ${url}: ${problem}`]);
  expect(JSON.stringify(events)).not.toContain('s3cret');
  expect(requests).toHaveLength(1);
});

test('a server that is not there is a warning', async () => {
  const events = await push('http://127.0.0.1:1');
  expect(warnings(events)).toEqual([
    'the metrics were not sent to http://127.0.0.1:1: it cannot be reached (ECONNREFUSED)',
  ]);
});

test('a server that breaks off its response is a warning', async () => {
  const { url } = await serve((request) => request.socket.destroy());
  expect(warnings(await push(url))).toEqual([
    expect.stringMatching(/^the metrics were not sent to http:\S+: it closed the connection/),
  ]);
});

test('metrics go through the proxy, and to servers with a certificate of an own CA', async () => {
  const { url, requests } = await serve(respondWith(200));
  const proxy = await startProxy({ 'chat.test:443': await startTls(url) });
  const bundle = join(folder, 'ca.pem');
  await writeFile(bundle, COMPANY_CA);
  const network = await openNetwork({ HTTPS_PROXY: proxy.url }, bundle);
  const agents = network?.createAgents(1);
  onTestFinished(() => agents?.https.destroy());
  expect(warnings(await push('https://chat.test/base', agents))).toEqual([]);
  expect(requests.map(({ url: path }) => path)).toEqual([PATH]);
  expect(proxy.requests).toEqual(['CONNECT chat.test:443']);
});
