import { createHash } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import type { AwsConnection } from '../client/connection.js';
import { replayAsFirstAttempt, reportRequest } from '../client/request-events.js';
import { onThrottling } from '../client/retries.js';

/** Larger objects are left to the SDK: its share of their time is small. */
const MAX_FAST_PUT_BYTES = 1024 * 1024;

type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;
type AuthScheme = NonNullable<Parameters<S3Client['config']['signer']>[0]>;

/** How requests about the bucket are addressed and signed. */
interface ResolvedEndpoint {
  readonly url: URL;
  readonly signer: Promise<Signer>;
  readonly userAgent: Readonly<Record<string, string>>;
}

const USER_AGENT_HEADERS = ['user-agent', 'x-amz-user-agent'];

/** An object, and where to put it. */
export interface ObjectToPut extends PutObjectCommandInput {
  readonly Key: string;
  readonly Body: Uint8Array;
  readonly ContentType: string;
}

/**
 * Puts small objects without the SDK's middleware.
 *
 * Problem: the SDK takes 2 ms of CPU for each object, longer than the network when there are hundreds.
 * Gain: see `npm run bench`, the rows with 200 and 5,000 assets.
 * To remove: send a PutObjectCommand with ChecksumSHA256 instead; everything but the tests of this file still passes.
 *
 * Endpoint, signer and connections are the SDK's own, taken from its requests about the bucket before. Handles only
 * success: any other outcome is replayed into the SDK as its first attempt, so that retries, pauses and errors are the
 * SDK's.
 */
export class FastPut {
  private endpoint: ResolvedEndpoint | undefined;

  /**
   * @param client whose requests are all about one bucket
   * @param owner the id of the account that the bucket must belong to
   */
  constructor(
    private readonly client: S3Client,
    private readonly connection: AwsConnection,
    private readonly owner: string,
  ) {
    client.middlewareStack.add(
      (next, context) => (args) => {
        const [authScheme] = context.authSchemes ?? [];
        if (this.endpoint === undefined && context.endpointV2 !== undefined && authScheme?.name === 'sigv4') {
          const { headers } = args.request as { headers: Record<string, string> };
          this.endpoint = this.capture(context.endpointV2.url, authScheme, headers);
        }
        return next(args);
      },
      // When the request has all its headers.
      { step: 'finalizeRequest', priority: 'low', name: 'captureEndpoint' },
    );
  }

  /**
   * @param onSlowDown is called each time that S3 asks to be sent less
   * @throws the errors of the SDK
   */
  async put(object: ObjectToPut, onSlowDown: () => void): Promise<void> {
    const { endpoint } = this;
    // S3 keeps the checksum: by it, objects can be compared whose ETag is not a digest.
    const checksum = createHash('sha256').update(object.Body).digest();
    const command = new PutObjectCommand({ ...object, ChecksumSHA256: checksum.toString('base64') });
    onThrottling(command, onSlowDown);
    if (endpoint === undefined || object.Body.byteLength > MAX_FAST_PUT_BYTES) {
      await this.client.send(command);
      return;
    }
    const start = this.connection.clock.now();
    const sending = this.send(endpoint, object, checksum);
    const isStored = await sending.then(
      ({ response }) => response.statusCode === 200,
      () => false,
    );
    if (isStored) {
      reportRequest(this.connection, 's3', `PutObject ${object.Key}`, '200', start);
      return;
    }
    replayAsFirstAttempt(command, sending, start);
    await this.client.send(command);
  }

  private async send(
    { url, signer, userAgent }: ResolvedEndpoint,
    { Key, Body, ContentType }: ObjectToPut,
    checksum: Buffer,
  ) {
    const { requestHandler, systemClockOffset } = this.client.config;
    const { protocol, hostname, port, pathname, host } = url;
    const unsigned = {
      method: 'PUT',
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: `${pathname.replace(/\/$/, '')}/${encodeKey(Key)}`,
      query: {},
      headers: {
        ...userAgent,
        host,
        'content-type': ContentType,
        'content-length': String(Body.byteLength),
        'x-amz-checksum-sha256': checksum.toString('base64'),
        // So the signer does not compute it once more.
        'x-amz-content-sha256': checksum.toString('hex'),
        'x-amz-expected-bucket-owner': this.owner,
      },
      body: Body,
    };
    const signingDate = new Date(Date.now() + systemClockOffset);
    const sent = await requestHandler.handle(await (await signer).sign(unsigned, { signingDate }));
    if (sent.response.statusCode === 200) await finished(sent.response.body.resume());
    return sent;
  }

  private capture(
    url: URL,
    authScheme: AuthScheme,
    headers: Readonly<Record<string, string>>,
  ): ResolvedEndpoint {
    const signer = this.client.config.signer(authScheme);
    // Who puts an object finds out.
    signer.catch(() => undefined);
    const userAgent = Object.fromEntries(
      Object.entries(headers).filter(([name]) => USER_AGENT_HEADERS.includes(name)),
    );
    return { url, signer, userAgent };
  }
}

/** RFC 3986, which is stricter than encodeURIComponent: S3 writes a key so when it checks the signature. */
function encodeKey(key: string): string {
  const strict = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return key
    .split('/')
    .map((part) => encodeURIComponent(part).replace(/[!'()*]/g, strict))
    .join('/');
}
