import { finished } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import type { AwsConnection } from './connection.js';
import { sentBefore, tellRequest } from './request-events.js';

/** Larger objects are left to the SDK: of their time, its part is small. */
const LARGEST = 1024 * 1024;

type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;
type AuthScheme = NonNullable<Parameters<S3Client['config']['signer']>[0]>;

/** How requests about the bucket are addressed and signed. */
interface Route {
  readonly url: URL;
  readonly signer: Promise<Signer>;
  /** How the SDK says who it is. */
  readonly agent: Readonly<Record<string, string>>;
}

const AGENT_HEADERS = ['user-agent', 'x-amz-user-agent'];

/** An object, and where to put it. */
export interface ObjectToPut extends PutObjectCommandInput {
  readonly Key: string;
  readonly Body: Uint8Array;
  readonly ContentType: string;
}

/**
 * Puts small objects past the SDK's middleware, which takes longer than the network when there are hundreds. Address,
 * signer and connections are the SDK's own, as in its requests about the bucket before.
 *
 * Only that S3 has the object is dealt with here. Any other answer, or none, is handed to the SDK as what came of its
 * own first attempt: it repeats, waits and explains as ever.
 */
export class DirectPut {
  private route: Route | undefined;

  /** @param client whose requests are all about one bucket */
  constructor(
    private readonly client: S3Client,
    private readonly connection: AwsConnection,
  ) {
    client.middlewareStack.add(
      (next, context) => (args) => {
        const [authScheme] = context.authSchemes ?? [];
        if (this.route === undefined && context.endpointV2 !== undefined && authScheme?.name === 'sigv4') {
          const { headers } = args.request as { headers: Record<string, string> };
          this.route = this.routeTo(context.endpointV2.url, authScheme, headers);
        }
        return next(args);
      },
      // When the request has all its headers.
      { step: 'finalizeRequest', priority: 'low', name: 'learnRoute' },
    );
  }

  /** @throws the errors of the SDK */
  async put(object: ObjectToPut): Promise<void> {
    const { route } = this;
    if (route === undefined || object.Body.byteLength > LARGEST) {
      await this.client.send(new PutObjectCommand(object));
      return;
    }
    const start = this.connection.clock.now();
    const sending = this.send(route, object);
    const isTaken = await sending.then(
      ({ response }) => response.statusCode === 200,
      () => false,
    );
    if (isTaken) {
      tellRequest(this.connection, 's3', `PutObject ${object.Key}`, '200', start);
      return;
    }
    const command = new PutObjectCommand(object);
    sentBefore(command, sending, start);
    await this.client.send(command);
  }

  private async send({ url, signer, agent }: Route, { Key, Body, ContentType }: ObjectToPut) {
    const { requestHandler, systemClockOffset, requestChecksumCalculation } = this.client.config;
    const isChecked = (await requestChecksumCalculation()) === 'WHEN_SUPPORTED';
    const { protocol, hostname, port, pathname, host } = url;
    const unsigned = {
      method: 'PUT',
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: `${pathname.replace(/\/$/, '')}/${encodeKey(Key)}`,
      query: {},
      headers: {
        ...agent,
        host,
        'content-type': ContentType,
        'content-length': String(Body.byteLength),
        // Buckets with Object Lock take nothing without.
        ...(isChecked && checksum(Body)),
      },
      body: Body,
    };
    const signingDate = new Date(Date.now() + systemClockOffset);
    const sent = await requestHandler.handle(await (await signer).sign(unsigned, { signingDate }));
    if (sent.response.statusCode === 200) await finished(sent.response.body.resume());
    return sent;
  }

  private routeTo(url: URL, authScheme: AuthScheme, headers: Readonly<Record<string, string>>): Route {
    const signer = this.client.config.signer(authScheme);
    // Who puts an object finds out.
    signer.catch(() => undefined);
    const agent = Object.fromEntries(
      Object.entries(headers).filter(([name]) => AGENT_HEADERS.includes(name)),
    );
    return { url, signer, agent };
  }
}

function checksum(body: Uint8Array): Record<string, string> {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(body));
  return { 'x-amz-sdk-checksum-algorithm': 'CRC32', 'x-amz-checksum-crc32': value.toString('base64') };
}

/** RFC 3986, which is stricter than encodeURIComponent: so S3 writes a key when it checks what was signed. */
function encodeKey(key: string): string {
  const strict = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return key
    .split('/')
    .map((part) => encodeURIComponent(part).replace(/[!'()*]/g, strict))
    .join('/');
}
