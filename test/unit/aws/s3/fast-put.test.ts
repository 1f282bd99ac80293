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
import { type AwsConnection, clientConfig, DEFAULT_TIMEOUTS } from '../../../../src/aws/client/connection.js';
import { reportRequests } from '../../../../src/aws/client/request-events.js';
import { FastPut } from '../../../../src/aws/s3/fast-put.js';
import { systemClock } from '../../../../src/core/async/clock.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';
import { type Fault, startLocalAws } from '../../../stand-ins/aws/index.js';

const BODY = Buffer.from('an object');
const OWNER = '123456789012';
const onSlowDown = (): void => undefined;

function connectionTo(endpoint: string | undefined, changes: Partial<AwsConnection> = {}): AwsConnection {
  return {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    credentialsSource: 'MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    endpoints: { iam: endpoint, lambda: endpoint, s3: endpoint, sts: endpoint },
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    onEvent: () => undefined,
    signal: undefined,
    ...changes,
  };
}

/** What of a request says where it goes, and who sends it. */
interface Sent {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
}

/** A client whose requests go nowhere, and what puts objects beside it. */
function capture(endpoint: string | undefined) {
  const connection = connectionTo(endpoint);
  const sent: Sent[] = [];
  const client = new S3Client({
    ...clientConfig(connection, 's3'),
    forcePathStyle: endpoint !== undefined,
    requestHandler: {
      handle: async (request: Sent) => {
        sent.push(request);
        return { response: { statusCode: 200, headers: {}, body: Readable.from([]) } };
      },
    },
  });
  return { client, direct: new FastPut(client, connection, OWNER), sent };
}

const isOfSdk = ({ headers }: Sent): boolean => headers['amz-sdk-invocation-id'] !== undefined;

describe('where a request goes', () => {
  test.each([
    ['a bucket of its own name', 'bucket', undefined],
    ['a bucket with dots in its name', 'my.bucket', undefined],
    ['an endpoint', 'bucket', 'http://127.0.0.1:9000'],
    ['an endpoint with a path', 'bucket', 'https://example.com/aws/s3'],
  ])('is where the SDK sends it: %s', async (_, Bucket, endpoint) => {
    const { client, direct, sent } = capture(endpoint);
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
        await direct.put(object, onSlowDown);
        expect(sent.map(isOfSdk)).toEqual([true, false]);
        const [theirs, ours] = sent.map(({ method, protocol, hostname, port, path, headers }) => ({
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
        expect(ours).toEqual(theirs);
        expect(ours?.agent).toMatch(/^aws-sdk-js/);
        expect(ours?.checksum).toBe(ChecksumSHA256);
        expect(ours?.digest).toBe(digest.toString('hex'));
      }),
    );
  });

  test.each<[string, number, boolean]>([
    ['of a megabyte goes without the SDK', 1024 * 1024, false],
    ['that is larger goes with it', 1024 * 1024 + 1, true],
  ])('an object %s', async (_, size, withSdk) => {
    const { client, direct, sent } = capture('http://127.0.0.1:9000');
    await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    const Body = Buffer.alloc(size);
    await direct.put({ Bucket: 'bucket', Key: 'a', Body, ContentType: 'text/css' }, onSlowDown);
    expect(sent.map(isOfSdk)).toEqual([true, withSdk]);
  });

  test('the first object of all goes with the SDK, and shows where the others go', async () => {
    const { direct, sent } = capture('http://127.0.0.1:9000');
    const object = { Bucket: 'bucket', Key: 'a', Body: BODY, ContentType: 'text/css' };
    await direct.put(object, onSlowDown);
    await direct.put(object, onSlowDown);
    expect(sent.map(isOfSdk)).toEqual([true, false]);
  });
});

describe('what becomes of an object', () => {
  /** A bucket, and what puts objects into it; each of the first objects meets a fault. */
  async function newBucket(...faults: Fault[]) {
    const aws = await startLocalAws({
      intercept: ({ operation }) => (operation === 'PutObject' ? faults.shift() : undefined),
    });
    const events: AppsctlEvent[] = [];
    const connection = connectionTo(aws.endpoint, {
      region: aws.region,
      credentials: aws.admin,
      timeouts: { connect: 1000, idle: 200 },
      onEvent: (event) => events.push(event),
    });
    const client = new S3Client({ ...clientConfig(connection, 's3'), forcePathStyle: true });
    onTestFinished(async () => {
      client.destroy();
      await aws.stop();
    });
    reportRequests(client, 's3', connection);
    const direct = new FastPut(client, connection, OWNER);
    await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
    events.splice(0);
    let slowDowns = 0;
    const put = (Key: string) =>
      direct.put({ Bucket: 'bucket', Key, Body: BODY, ContentType: 'text/css' }, () => slowDowns++);
    const outcomes = () => events.map((event) => (event.type === 'request' ? event.outcome : event.type));
    return { client, put, outcomes, slowDowns: () => slowDowns };
  }

  test('S3 has it, under its key, with its type', async () => {
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
    ['slowed down', error(503, 'SlowDown'), '503 SlowDown'],
    ['lost in S3', error(500, 'InternalError'), '500 InternalError'],
    ['cut off before it is there', { kind: 'resetBefore' }, 'ECONNRESET'],
    ['cut off after it is there', { kind: 'resetAfter' }, 'ECONNRESET'],
    ['never answered', { kind: 'blackHole' }, 'TimeoutError'],
  ])('one that is %s is sent again by the SDK', async (_, fault, told) => {
    const { put, outcomes, slowDowns } = await newBucket(fault);
    await put('a');
    expect(outcomes()).toEqual([told, '200']);
    expect(slowDowns()).toBe(told === '503 SlowDown' ? 1 : 0);
  });

  test('one that is refused is not sent again', async () => {
    const { put, outcomes } = await newBucket(error(403, 'AccessDenied'));
    await expect(put('a')).rejects.toMatchObject({ name: 'AccessDenied', message: 'no' });
    expect(outcomes()).toEqual(['403 AccessDenied']);
  });

  test('one that fails for ever is sent as often as the SDK sends it', async () => {
    const { put, outcomes } = await newBucket(
      ...Array.from({ length: 9 }, () => error(500, 'InternalError')),
    );
    await expect(put('a')).rejects.toMatchObject({ name: 'InternalError' });
    expect(outcomes()).toEqual(Array.from({ length: 5 }, () => '500 InternalError'));
  });
});
