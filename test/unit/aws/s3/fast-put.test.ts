import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AwsConnection, clientConfig } from '../../../../src/aws/client/connection.js';
import { reportRequests } from '../../../../src/aws/client/request-events.js';
import { FastPut } from '../../../../src/aws/s3/fast-put.js';
import { systemClock } from '../../../../src/core/async/clock.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';
import { DEFAULT_TIMEOUTS } from '../../../../src/core/timeouts.js';
import { type Fault, startLocalAws } from '../../../stand-ins/aws/index.js';

const BODY = Buffer.from('an object');
const OWNER = '123456789012';
const onThrottled = (): void => undefined;

function connectionTo(endpoint: string | undefined, changes: Partial<AwsConnection> = {}): AwsConnection {
  return {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    credentialsSource: 'MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    credentialsOwner: 'the AWS user of MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    endpoints: { iam: endpoint, lambda: endpoint, logs: endpoint, s3: endpoint, sts: endpoint },
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    onEvent: () => undefined,
    signal: undefined,
    ...changes,
  };
}

/** The parts of a request that show its target and its sender. */
interface SentRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
}

/** A client that records requests instead of sending them, and a FastPut that uses it. */
function capture(endpoint: string | undefined) {
  const connection = connectionTo(endpoint);
  const sent: SentRequest[] = [];
  const client = new S3Client({
    ...clientConfig(connection, 's3'),
    forcePathStyle: endpoint !== undefined,
    requestHandler: {
      handle: async (request: SentRequest) => {
        sent.push(request);
        return { response: { statusCode: 200, headers: {}, body: Readable.from([]) } };
      },
    },
  });
  return { client, fastPut: new FastPut(client, connection, OWNER), sent };
}

const isSentBySdk = ({ headers }: SentRequest): boolean => headers['amz-sdk-invocation-id'] !== undefined;

describe('a request', () => {
  test.each([
    ['a bucket of its own name', 'bucket', undefined],
    ['a bucket with dots in its name', 'my.bucket', undefined],
    ['an endpoint', 'bucket', 'http://127.0.0.1:9000'],
    ['an endpoint with a path', 'bucket', 'https://example.com/aws/s3'],
  ])('is sent where the SDK sends it: %s', async (_, Bucket, endpoint) => {
    const { client, fastPut, sent } = capture(endpoint);
    await client.send(new ListObjectsV2Command({ Bucket }));
    const key = fc
      .array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 4 })
      .map((parts) => parts.join('/'))
      .filter((text) => text !== '');
    await fc.assert(
      fc.asyncProperty(key, async (Key) => {
        sent.length = 0;
        const object = { Bucket, Key, Body: BODY, ContentType: 'text/css' };
        const digest = createHash('sha256').update(BODY).digest();
        const ChecksumSHA256 = digest.toString('base64');
        await client.send(new PutObjectCommand({ ...object, ChecksumSHA256, ExpectedBucketOwner: OWNER }));
        await fastPut.put(object, onThrottled);
        expect(sent.map(isSentBySdk)).toEqual([true, false]);
        const [bySdk, byFastPut] = sent.map(({ method, protocol, hostname, port, path, headers }) => ({
          method,
          protocol,
          hostname,
          port,
          path,
          host: headers['host'],
          type: headers['content-type'],
          length: headers['content-length'],
          agent: headers['user-agent']?.split(' ')[0],
          checksum: headers['x-amz-checksum-sha256'],
          otherChecksum: headers['x-amz-checksum-crc32'],
          owner: headers['x-amz-expected-bucket-owner'],
          digest: headers['x-amz-content-sha256'],
          scope: /Credential=[^,]+/.exec(headers['authorization'] ?? '')?.[0],
        }));
        expect(byFastPut).toEqual(bySdk);
        expect(byFastPut?.agent).toMatch(/^aws-sdk-js/);
        expect(byFastPut?.checksum).toBe(ChecksumSHA256);
        expect(byFastPut?.digest).toBe(digest.toString('hex'));
      }),
    );
  });

  test.each<[string, number, boolean]>([
    ['of 1 MiB is sent without the SDK', 1024 * 1024, false],
    ['of more than 1 MiB is sent by the SDK', 1024 * 1024 + 1, true],
  ])('an object %s', async (_, size, withSdk) => {
    const { client, fastPut, sent } = capture('http://127.0.0.1:9000');
    await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    const Body = Buffer.alloc(size);
    await fastPut.put({ Bucket: 'bucket', Key: 'a', Body, ContentType: 'text/css' }, onThrottled);
    expect(sent.map(isSentBySdk)).toEqual([true, withSdk]);
  });

  test('the first object is sent by the SDK, which resolves the endpoint for the others', async () => {
    const { fastPut, sent } = capture('http://127.0.0.1:9000');
    const object = { Bucket: 'bucket', Key: 'a', Body: BODY, ContentType: 'text/css' };
    await fastPut.put(object, onThrottled);
    await fastPut.put(object, onThrottled);
    expect(sent.map(isSentBySdk)).toEqual([true, false]);
  });
});

describe('an object', () => {
  /** Creates a bucket in which the first PutObject requests fail with these faults. */
  async function newBucket(...faults: Fault[]) {
    const aws = await startLocalAws({
      intercept: ({ operation }) => (operation === 'PutObject' ? faults.shift() : undefined),
    });
    const events: AppsctlEvent[] = [];
    const connection = connectionTo(aws.endpoint, {
      region: aws.region,
      credentials: aws.admin,
      timeouts: { ...DEFAULT_TIMEOUTS, connect: 1000, idle: 200 },
      onEvent: (event) => events.push(event),
    });
    const client = new S3Client({ ...clientConfig(connection, 's3'), forcePathStyle: true });
    onTestFinished(async () => {
      client.destroy();
      await aws.stop();
    });
    reportRequests(client, 's3', connection);
    const fastPut = new FastPut(client, connection, OWNER);
    await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
    events.splice(0);
    let throttled = 0;
    const put = (Key: string) =>
      fastPut.put({ Bucket: 'bucket', Key, Body: BODY, ContentType: 'text/css' }, () => throttled++);
    const outcomes = () => events.map((event) => (event.type === 'request' ? event.outcome : event.type));
    return { client, put, outcomes, throttled: () => throttled };
  }

  test('is stored under its key with its content type', async () => {
    const { client, put, outcomes } = await newBucket();
    const keys = ['static/app_1.0_app/a b+c.css', 'double//slash', 'paren(1)\'"!*', '%20and%2F', 'ünï/日本'];
    for (const key of keys) {
      await put(key);
      const { ContentType, ETag } = await client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: key }));
      expect(ContentType).toBe('text/css');
      expect(ETag).toBe(`"${createHash('md5').update(BODY).digest('hex')}"`);
    }
    expect(outcomes()).toEqual(keys.flatMap(() => ['200', '200']));
  });

  const error = (status: number, code: string): Fault => ({ kind: 'error', status, code, message: 'no' });
  test.each<[string, Fault, string]>([
    ['throttled', error(503, 'SlowDown'), '503 SlowDown'],
    ['failed in S3', error(500, 'InternalError'), '500 InternalError'],
    ['cut off before it is stored', { kind: 'resetBefore' }, 'ECONNRESET'],
    ['cut off after it is stored', { kind: 'resetAfter' }, 'ECONNRESET'],
    ['not responded to', { kind: 'blackHole' }, 'TimeoutError'],
  ])('that is %s is sent again by the SDK', async (_, fault, outcome) => {
    const { put, outcomes, throttled } = await newBucket(fault);
    await put('a');
    expect(outcomes()).toEqual([outcome, '200']);
    expect(throttled()).toBe(outcome === '503 SlowDown' ? 1 : 0);
  });

  test('that is refused is not sent again', async () => {
    const { put, outcomes } = await newBucket(error(403, 'AccessDenied'));
    await expect(put('a')).rejects.toMatchObject({ name: 'AccessDenied', message: 'no' });
    expect(outcomes()).toEqual(['403 AccessDenied']);
  });

  test('that always fails is sent as often as the SDK sends it', async () => {
    const { put, outcomes } = await newBucket(
      ...Array.from({ length: 9 }, () => error(500, 'InternalError')),
    );
    await expect(put('a')).rejects.toMatchObject({ name: 'InternalError' });
    expect(outcomes()).toEqual(Array.from({ length: 5 }, () => '500 InternalError'));
  });
});
