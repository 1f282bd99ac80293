import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Temporary credentials, as AWS hands them out. */
export interface TemporaryKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Servers of one test that hand out credentials; each counts its requests. */
export interface SmallServer {
  readonly url: string;
  readonly requests: readonly string[];
}

async function startServer(
  answer: (request: string, message: IncomingMessage) => Answer | undefined,
): Promise<SmallServer> {
  const requests: string[] = [];
  const server = createServer((message, response) => {
    const request = `${message.method} ${message.url}`;
    requests.push(request);
    const { status, body } = answer(request, message) ?? { status: 404, body: 'not found' };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** The form in which the metadata services of containers and instances hand out credentials. */
function metadata({ accessKeyId, secretAccessKey, sessionToken, expiration }: TemporaryKey) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: expiration.toISOString(),
    Code: 'Success',
  };
}

/** The credentials of the role of a container, for those who have its token. */
export function startContainerServer(key: TemporaryKey, token: string): Promise<SmallServer> {
  return startServer((request, { headers }) => {
    if (request !== 'GET /credentials') return undefined;
    return headers.authorization === token
      ? { status: 200, body: metadata(key) }
      : { status: 403, body: { Code: 'AccessDenied', Message: 'wrong token' } };
  });
}

/** The instance metadata service, version 2: no answers without a session token. */
export function startInstanceServer(key: TemporaryKey | undefined): Promise<SmallServer> {
  const session = 'a-session-of-the-metadata-service';
  const path = '/latest/meta-data/iam/security-credentials/';
  return startServer((request, { headers }) => {
    if (request === 'PUT /latest/api/token') return { status: 200, body: session };
    if (headers['x-aws-ec2-metadata-token'] !== session) return { status: 401, body: '' };
    if (key === undefined) return undefined;
    if (request === `GET ${path}`) return { status: 200, body: 'instance-role' };
    return request === `GET ${path}instance-role` ? { status: 200, body: metadata(key) } : undefined;
  });
}

/** The portal and the OIDC service of SSO. */
export function startSsoServer(
  key: TemporaryKey,
  tokens: { readonly access: string; readonly refresh: string; readonly renewed: string },
): Promise<SmallServer> {
  return startServer((request, { headers }) => {
    if (request === 'POST /token') {
      return {
        status: 200,
        body: {
          accessToken: tokens.renewed,
          expiresIn: 3600,
          refreshToken: tokens.refresh,
          tokenType: 'Bearer',
        },
      };
    }
    if (!request.startsWith('GET /federation/credentials?')) return undefined;
    if (![tokens.access, tokens.renewed].includes(String(headers['x-amz-sso_bearer_token']))) {
      return { status: 401, body: { message: 'Session token not found or invalid' } };
    }
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = key;
    return {
      status: 200,
      body: {
        roleCredentials: { accessKeyId, secretAccessKey, sessionToken, expiration: expiration.getTime() },
      },
    };
  });
}
