import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientConfig } from '../../../../src/aws/client/connection.js';
import { measureAge } from '../../../../src/aws/s3/object-age.js';
import { S3Objects } from '../../../../src/aws/s3/s3-objects.js';
import { systemClock } from '../../../../src/core/async/clock.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';
import { DEFAULT_TIMEOUTS } from '../../../../src/core/timeouts.js';
import { MINUTE } from '../../../../src/core/units.js';
import { type LocalAwsOptions, startLocalAws } from '../../../stand-ins/aws/index.js';

async function newBucket(options: LocalAwsOptions) {
  const aws = await startLocalAws(options);
  const events: AppsctlEvent[] = [];
  const { endpoint } = aws;
  const connection = {
    region: aws.region,
    credentials: aws.admin,
    credentialsSource: 'MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    credentialsOwner: 'the AWS user of MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    endpoints: { iam: endpoint, lambda: endpoint, logs: endpoint, s3: endpoint, sts: endpoint },
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    onEvent: (event: AppsctlEvent) => events.push(event),
    signal: undefined,
  };
  const client = new S3Client({ ...clientConfig(connection, 's3'), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  onTestFinished(async () => {
    client.destroy();
    await aws.stop();
  });
  const objects = new S3Objects(connection, 'bucket', aws.accountId);
  const outcomes = (outcome: string): number =>
    events.filter((event) => event.type === 'request' && event.outcome === outcome).length;
  return { objects, client, outcomes };
}

describe('an S3 that throttles concurrent requests', () => {
  test.each([
    [4, 20],
    [40, 200],
  ])('above %i stores all objects, after few throttled requests', async (slowDownAbove, milliseconds) => {
    const { objects, client, outcomes } = await newBucket({
      s3: { slowDownAbove },
      // Makes requests overlap, also on a machine that is busy.
      intercept: () => ({ kind: 'delay', milliseconds }),
    });
    const total = 200;
    await Promise.all(
      Array.from({ length: total }, (_, index) =>
        objects.put(`static/${index}`, Buffer.from(`${index}`), 'text/plain'),
      ),
    );
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    expect(KeyCount).toBe(total);
    expect(outcomes('200')).toBe(total);
    expect(outcomes('503 SlowDown')).toBeGreaterThan(0);
    // Most of them at the start, when the limit of concurrent requests is still high.
    expect(outcomes('503 SlowDown')).toBeLessThan(2 * total);
  });
});

test('all unfinished uploads are listed, however many pages they have', async () => {
  const { objects, client } = await newBucket({ pageSize: 2 });
  const uploads: { key: string; uploadId: string | undefined }[] = [];
  for (const key of ['functions/a', 'functions/a', 'functions/a', 'functions/b', 'functions/c', 'static/d']) {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: 'bucket', Key: key }));
    if (key.startsWith('functions/')) uploads.push({ key, uploadId: UploadId });
  }
  const found = await objects.listUnfinished('functions/');
  expect(found).toHaveLength(uploads.length);
  expect(found).toEqual(expect.arrayContaining(uploads));
  expect(await objects.listUnfinished('locks/')).toEqual([]);
});

test('the age of an object is that by the clock of S3', async () => {
  let now = Date.now() - 10 * MINUTE;
  const { objects } = await newBucket({ clock: { now: () => now } });
  const etag = await objects.putIfAbsent('lease', Buffer.from('a'));
  expect(await objects.getWithEtag('lease')).toEqual({ body: expect.anything(), etag, ageMs: 0 });
  now += 90_000;
  expect((await objects.getWithEtag('lease'))?.ageMs).toBe(90_000);
  await objects.replaceIf('lease', etag ?? '', Buffer.from('b'));
  expect((await objects.getWithEtag('lease'))?.ageMs).toBe(0);
});

test('the age of an object is unknown where S3 does not tell the time', () => {
  const ageOf = measureAge(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }));
  expect(ageOf(new Date())).toBeUndefined();
});
