import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

/** The network of a company: a proxy, and services behind TLS with a certificate of the company's own CA. */

/** A key and the certificate of a CA of its own for aws.test and chat.test, valid from 2020 to 2119, used for nothing else. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgw+iMwzBVo8qlodkZ
xfwol/tPVi6NFmC9Sa9LdQAMr1ShRANCAAQHwb5cVrTX0wfX8d3KBHAuX/Spu5HJ
0I3z0Oh5sgAWvmBNFNU0sAjNlVCOjaQZk6rAQrkJOgg/vO1KosVYwHyg
-----END PRIVATE KEY-----
`;
export const COMPANY_CA = `-----BEGIN CERTIFICATE-----
MIIBVjCB/qADAgECAgEBMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMMD2FwcHNjdGwg
dGVzdCBDQTAgFw0yMDAxMDEwMDAwMDBaGA8yMTE5MTIzMTAwMDAwMFowGjEYMBYG
A1UEAwwPYXBwc2N0bCB0ZXN0IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
B8G+XFa019MH1/HdygRwLl/0qbuRydCN89DoebIAFr5gTRTVNLAIzZVQjo2kGZOq
wEK5CToIP7ztSqLFWMB8oKMzMDEwDwYDVR0TAQH/BAUwAwEB/zAeBgNVHREEFzAV
gghhd3MudGVzdIIJY2hhdC50ZXN0MAoGCCqGSM49BAMCA0cAMEQCIDi/U7kzOVdW
vmrUPrlnaOsU02e3fg0R0Ysighy+5IyyAiBcjDSeXqUbYmy8yMbJC+UH1YT9tUd4
iOOurWApfLjTuw==
-----END CERTIFICATE-----
`;

/** A proxy that knows some hosts, and asks for a password. */
export interface CompanyProxy {
  /** With user and password. */
  readonly url: string;
  /** Without them. */
  readonly origin: string;
  readonly port: number;
  readonly password: string;
  /** What it was asked for, such as `CONNECT aws.test:443`. */
  readonly requests: readonly string[];
}

/** @param hosts the ports on this machine to which the proxy connects, by host and port */
export async function startProxy(hosts: Readonly<Record<string, number>>): Promise<CompanyProxy> {
  const [user, password] = ['proxy-user', 'the-password-of-the-proxy'];
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const requests: string[] = [];
  const isRefused = ({ method, url, headers }: IncomingMessage): boolean => {
    requests.push(`${method} ${url}`);
    return headers['proxy-authorization'] !== expected;
  };
  const server = createServer((message, response) => {
    if (isRefused(message)) return void response.writeHead(407).end('who are you?');
    const { host, pathname, search } = new URL(message.url ?? '');
    const port = hosts[host];
    if (port === undefined) return void response.writeHead(403).end();
    const socket = connect(port, '127.0.0.1');
    const { 'proxy-authorization': _, ...headers } = message.headers;
    const lines = Object.entries({ ...headers, connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(`${message.method} ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    message.pipe(socket);
    socket.pipe(message.socket);
  });
  server.on('connect', (message: IncomingMessage, socket: Socket) => {
    const port = hosts[message.url ?? ''];
    if (isRefused(message)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (port === undefined) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target])
      end.on('error', () => [socket, target].map((other) => other.destroy()));
    return socket;
  });
  const port = await listen(server);
  const origin = `http://127.0.0.1:${port}`;
  return { url: `http://${user}:${password}@127.0.0.1:${port}`, origin, port, password, requests };
}

/**
 * Puts TLS in front of a server on this machine.
 *
 * @returns the port
 */
export function startTls(url: string): Promise<number> {
  const server = createTlsServer({ key: KEY, cert: COMPANY_CA }, (socket) => {
    const target = connect(Number(new URL(url).port), '127.0.0.1');
    target.pipe(socket).pipe(target);
    for (const end of [socket, target])
      end.on('error', () => [socket, target].map((other) => other.destroy()));
  });
  return listen(server);
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
