import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MetricsPages, startMetricsServer } from '../../../src/metrics/metrics-server.js';

const PAGES: MetricsPages = {
  metrics: () => 'appsctl_deployer_skipped{environment="test"} 0\n',
  health: () => ({ isHealthy: true, line: 'the last run ended at 2026-11-29T01:00:00.000Z' }),
};

async function start(pages: Partial<MetricsPages> = {}, signal?: AbortSignal) {
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0 }, { ...PAGES, ...pages }, signal);
  onTestFinished(() => server.close());
  return { ...server, url: `http://127.0.0.1:${server.port}` };
}

/** Opens a connection, sends a text, and returns what comes back until the server closes it. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return received;
}

describe('the server of the deployer', () => {
  test('has the metrics of the moment', async () => {
    let text = 'first\n';
    const { url } = await start({ metrics: () => text });
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('first\n');
    text = 'second\n';
    const response = await fetch(`${url}/metrics?name[]=x`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toBe('second\n');
  });

  test.each([
    [true, 200],
    [false, 503],
  ])('says whether all is well: %s', async (isHealthy, status) => {
    const { url } = await start({ health: () => ({ isHealthy, line: 'a line' }) });
    const response = await fetch(`${url}/healthz`);
    expect([response.status, await response.text()]).toEqual([status, 'a line\n']);
  });

  test('responds to HEAD without a body', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/healthz`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test.each([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '//metrics', 404],
    ['GET', '/debug', 404],
    ['POST', '/debug', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/healthz', 405],
  ])('responds to %s %s with %d, and tells nothing', async (method, path, status) => {
    const { url } = await start();
    const response = await fetch(`${url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
    expect(await response.text()).toBe(status === 405 ? 'method not allowed\n' : 'not found\n');
    expect([...response.headers.keys()].filter((name) => /server|powered/.test(name))).toEqual([]);
  });

  test.each([
    [
      'a header that is too long',
      `GET /metrics HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(10_000)}\r\n\r\n`,
      '431',
    ],
    ['what is not HTTP', '\x16\x03\x01\r\n\r\n', '400'],
  ])('refuses %s', async (_, text, status) => {
    const { port, url } = await start();
    expect(await exchange(port, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test('closes open connections at once when it is stopped', async () => {
    const stop = new AbortController();
    const { port, url } = await start({}, stop.signal);
    const open = exchange(port, 'GET /metrics HTTP/1.1\r\n');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    stop.abort();
    expect(await open).toBe('');
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('does not stay open when it was stopped before', async () => {
    const { url } = await start({}, AbortSignal.abort());
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('needs a port that no other program uses', async () => {
    const { port } = await start();
    const address = { host: '127.0.0.1', port };
    await expect(startMetricsServer(address, PAGES)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `cannot listen on port ${port} of 127.0.0.1: another program uses it`,
      hint: 'choose another one with metrics.listen',
    });
  });

  test('needs an address of this machine', async () => {
    await expect(startMetricsServer({ host: '192.0.2.1', port: 0 }, PAGES)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'cannot listen on port 0 of 192.0.2.1: this machine does not have the address',
    });
  });

  test('listens on all addresses without a host', async () => {
    const server = await startMetricsServer({ host: undefined, port: 0 }, PAGES);
    onTestFinished(() => server.close());
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
  });
});
