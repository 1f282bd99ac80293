import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { Credentials } from '../../../support/aws-clients.js';

/** A request as it goes over the wire. The query must be sorted. */
export interface Wire {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Who signs, for which service. */
export interface Signer {
  endpoint: string;
  credentials: Credentials;
  service: string;
  region?: string;
}

/** The headers of a request, signed independently of the SDK and of the code under test. */
export function signed(signer: Signer, wire: Wire, time = new Date()): Record<string, string> {
  const { endpoint, credentials, service, region = 'us-east-1' } = signer;
  const date = time.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = {
    host: new URL(endpoint).host,
    'x-amz-date': date,
    'x-amz-content-sha256': sha256(wire.body ?? ''),
    ...wire.headers,
  };
  const names = Object.keys(headers).sort();
  const [path = '', query = ''] = wire.path.split('?');
  const canonical = [
    wire.method,
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${credentials.secretAccessKey}`,
    );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  const credential = `${credentials.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** Sends a request as it is. */
export function send(endpoint: string, wire: Wire): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const { method, path, headers } = wire;
    const call = request(endpoint, { method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }),
      );
    });
    call.on('error', reject);
    call.end(wire.body);
  });
}

/** Sends an operation without parameters to a service of the Query protocol. */
export function query(signer: Signer, action: string, version: string) {
  const wire: Wire = {
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=${action}&Version=${version}`,
  };
  return send(signer.endpoint, { ...wire, headers: signed(signer, wire) });
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
