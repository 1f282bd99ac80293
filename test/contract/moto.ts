import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clientsFor } from '../support/aws-clients.js';
import type { Target } from './target.js';

const START_SECONDS = 25;

/** The path in MOTO_SERVER, or `moto_server` on PATH. */
export function findMotoServer(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const named = process.env['MOTO_SERVER'];
  const candidates = named === undefined ? folders.map((folder) => join(folder, 'moto_server')) : [named];
  return candidates.find(isExecutable);
}

export async function startMoto(executable: string): Promise<Target> {
  const port = await freePort();
  // A process group of its own, because the executable may be a script that starts the server.
  const server = spawn(executable, ['-H', '127.0.0.1', '-p', String(port)], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
  });
  const atExit = (): void => end(server);
  process.once('exit', atExit);
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await waitUntilReady(server, endpoint);
    await post(`${endpoint}/moto-api/reset`);
    await post(`${endpoint}/moto-api/config`, { lambda: { use_docker: false } });
  } catch (error) {
    end(server);
    throw error;
  }
  const credentials = { accessKeyId: 'moto', secretAccessKey: randomBytes(20).toString('hex') };
  const clients = clientsFor(endpoint, credentials);
  return {
    clients,
    aws: { endpoint, region: 'us-east-1', admin: credentials },
    async stop() {
      clients.destroy();
      process.removeListener('exit', atExit);
      const closed = new Promise((resolve) => server.once('close', resolve));
      end(server);
      await closed;
    },
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function end(server: ChildProcess): void {
  if (server.pid === undefined || server.exitCode !== null) return;
  process.kill(-server.pid, 'SIGKILL');
}

async function waitUntilReady(server: ChildProcess, endpoint: string): Promise<void> {
  let failure: Error | undefined;
  server.once('error', (error) => {
    failure = error;
  });
  const deadline = Date.now() + START_SECONDS * 1000;
  while (Date.now() < deadline) {
    if (failure !== undefined) throw failure;
    if (server.exitCode !== null) throw new Error(`moto_server ended with status ${server.exitCode}`);
    const isReady = await fetch(`${endpoint}/moto-api/data.json`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await delay(100);
  }
  throw new Error(`moto_server did not respond within ${START_SECONDS} s`);
}

async function post(url: string, body?: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${url} responded with ${response.status}`);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
