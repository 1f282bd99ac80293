import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account } from './account.js';
import { authenticate } from './callers.js';
import { answerError, perform, understand, understandAsBefore } from './dispatch.js';
import { header, type IncomingCall } from './exchange.js';
import { actWithFault, type Reply } from './faults.js';
import { addAwsManagedPolicies } from './iam.js';
import { newAccessKeyId, newSecret } from './ids.js';
import { Invoker } from './invoke.js';
import type { LocalAws, LocalAwsOptions, ObservedRequest, ServiceName } from './options.js';
import { type Arrival, putsObject, receive } from './receive.js';
import { addOtherBucket } from './s3-new-bucket.js';
import { type Authorization, readAuthorization } from './signature.js';
import { UNSIGNED_OPERATION } from './sts.js';

/** Longer than a test pauses, so that no client meets a connection that is just being closed. */
const KEEP_ALIVE_MS = 120_000;

export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const account = new Account(options);
  addAwsManagedPolicies(account);
  if (options.like !== undefined) account.takeOver(options.like.stored);
  for (const other of options.others ?? []) addOtherBucket(account, other);
  const admin = { accessKeyId: newAccessKeyId(account.accountId), secretAccessKey: newSecret() };
  const invoker = new Invoker(account.region);
  const requests: ObservedRequest[] = [];

  async function reply(call: IncomingCall): Promise<Reply> {
    const authorization = readAuthorization(call);
    const service = serviceOf(call, authorization);
    try {
      const identity = authenticate(account, admin, call, authorization, service);
      const operation = understand(account, invoker, service, call);
      const observed: ObservedRequest = {
        index: requests.length,
        service,
        operation: operation.name,
        resource: operation.resource,
        accessKeyId: identity.accessKeyId,
        bodyBytes: call.body.length,
      };
      requests.push(observed);
      const fault = await options.intercept?.(observed);
      return await actWithFault(fault, service, () => {
        const isOld = fault?.kind === 'old' || account.takesStaleRead(operation);
        const acting = isOld ? understandAsBefore(account, invoker, call, operation) : operation;
        return perform(acting, account, identity);
      });
    } catch (error) {
      return answerError(service, error);
    }
  }

  let puts = 0;
  /** Notes the arrival of a request. */
  function arrive(message: IncomingMessage, response: ServerResponse): Arrival {
    const headAt = account.now().getTime();
    if (!putsObject(message)) return { headAt, putsAtOnce: 0 };
    response.once('close', () => puts--);
    return { headAt, putsAtOnce: ++puts };
  }

  const server = createServer((message, response) => {
    // Clients correct their clock by it.
    response.setHeader('date', account.now().toUTCString());
    receive(message, arrive(message, response), () => account.now().getTime(), options.bytesPerSecond)
      .then(reply)
      .then((answer) => send(message, response, answer))
      .catch(() => message.socket.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = 0;
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: account.region,
    accountId: account.accountId,
    admin,
    requests,
    stored: account,
    function: (name) => account.functions.get(name) ?? missing('function', name),
    bucket: (name) => account.buckets.get(name) ?? missing('bucket', name),
    expireSessions: () => account.sessions.expire(),
    newMfaCode: (serialNumber) => account.sessions.newMfaCode(serialNumber),
    issueWebIdentityToken: (identity) => account.sessions.issueToken(identity),
    logGroup: (name) => account.logGroups.get(name) ?? missing('log group', name),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await invoker.stop();
      await closed;
    },
  };
}

function missing(what: string, name: string): never {
  throw new Error(`The local AWS has no ${what} ${name}`);
}

const SERVICES: readonly ServiceName[] = ['iam', 'lambda', 'logs', 's3', 'secretsmanager', 'sts'];

/** The signature names the service; without one, the form of the request does. */
function serviceOf(call: IncomingCall, authorization: Authorization | undefined): ServiceName {
  const named = authorization?.service;
  if (SERVICES.some((service) => service === named)) return named as ServiceName;
  if (header(call, 'x-amz-target')?.startsWith('Logs_') === true) return 'logs';
  if (header(call, 'x-amz-target')?.startsWith('secretsmanager.') === true) return 'secretsmanager';
  if (/^\/20\d\d-\d\d-\d\d\//.test(call.rawPath)) return 'lambda';
  if (header(call, 'content-type')?.startsWith('application/x-www-form-urlencoded') !== true) return 's3';
  return new URLSearchParams(call.body.toString('utf8')).get('Action') === UNSIGNED_OPERATION ? 'sts' : 'iam';
}

function send(message: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (reply === 'silence') return;
  if (reply === 'reset') {
    message.socket.resetAndDestroy();
    return;
  }
  const body = Buffer.from(reply.body ?? '');
  const bodiless = reply.status === 204 || reply.status === 304;
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(bodiless ? {} : { 'content-length': String(body.length) }),
  });
  response.end(message.method === 'HEAD' || body.length === 0 || bodiless ? undefined : body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
