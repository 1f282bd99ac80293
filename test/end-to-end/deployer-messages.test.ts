import { readFile } from 'node:fs/promises';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/async/clock.js';
import type { IncomingWebhook } from '../stand-ins/mattermost/index.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';

const BUNDLES = 'bundles';
const HOSTILE_NAME = '@all <!here> <https://evil.example|Good> **x**';

/** Waits take no time, but for those between the renewals of a lease: it would be lost. */
const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds < 20_000 ? 0 : milliseconds, signal),
};

let environment: TestEnvironment;
let notifications: IncomingWebhook;
let alerts: IncomingWebhook;

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process', clock });
  await environment.init();
  const { clients, mattermost } = environment;
  await clients.s3.send(new CreateBucketCommand({ Bucket: BUNDLES }));
  notifications = mattermost.createWebhook();
  alerts = mattermost.createWebhook();
});
afterAll(() => environment.stop());

async function upload(key: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const Body = await readFile(await writeBundle(environment.folder, manifest(changes)));
  await environment.clients.s3.send(new PutObjectCommand({ Bucket: BUNDLES, Key: key, Body }));
}

/** Runs the deployer, with variables in addition to, or instead of, those of the webhooks. */
function run(env: Readonly<Record<string, string>> = {}, ...flags: readonly string[]) {
  return environment.run(['aws', 'deployer', 'run', '--verbose', ...flags], {
    env: {
      MM_APPS_BUNDLE_BUCKET: BUNDLES,
      MM_APPS_ENVIRONMENT: 'test',
      MM_APPS_NOTIFICATIONS_WEBHOOK: notifications.url,
      MM_APPS_ALERTS_WEBHOOK: alerts.url,
      ...env,
    },
  });
}

/** Takes the fields of the messages since the last time. */
function takePosts({ posts }: IncomingWebhook): Record<string, string>[] {
  return posts
    .splice(0)
    .flatMap(({ attachments }) => attachments)
    .map(({ fields }) => Object.fromEntries(fields.map(({ title, value }) => [title, value])));
}

test('a run tells what it has deployed, and what has failed once', async () => {
  await upload('good.zip', { display_name: HOSTILE_NAME });
  await upload('bad.zip', { homepage_url: 'x' });

  const { code, stdout, stderr } = await run();

  expect(code).toBe(1);
  expect(takePosts(notifications)).toMatchObject([
    {
      Name: '[@\u200ball &#60;\\!here&#62; &#60;https&#58;//evil\\.example&#124;Good&#62; \\*\\*x\\*\\*](https://example.com/)',
      Bundle: 'good\\.zip',
      Functions: '1 new, 0 updated, 0 unchanged',
    },
  ]);
  expect(takePosts(alerts)).toMatchObject([{ Bundle: 'bad\\.zip', Code: 'INVALID\\_BUNDLE' }]);
  for (const { id } of [notifications, alerts]) expect(stdout + stderr).not.toContain(id);

  await run();
  expect([takePosts(notifications), takePosts(alerts)]).toEqual([[], []]);
});

test('a run that cannot begin is an alert', async () => {
  const { code } = await run({ MM_APPS_S3_BUCKET: 'no-such-bucket' });
  expect(code).toBe(1);
  expect(takePosts(alerts)).toMatchObject([{ Code: 'NOT\\_FOUND', Environment: 'test' }]);
});

test('a message that cannot be sent is a warning, and the bundle is deployed', async () => {
  await upload('next.zip', { version: '1.0.1' });
  const { code, stderr } = await run({ MM_APPS_NOTIFICATIONS_WEBHOOK: `${notifications.url}0` });
  expect(code).toBe(0);
  expect(stderr).toContain('cannot send a message to the webhook for notifications: 127.0.0.1:');
  expect(stderr).not.toContain(notifications.id);
});

test('with --summary, a run is one message', async () => {
  await upload('next.zip', { version: '1.0.2' });
  await upload('bad.zip', { homepage_url: 'y' });
  await run({}, '--summary');
  expect(takePosts(notifications)).toEqual([]);
  expect(takePosts(alerts)).toMatchObject([
    {
      Failed: expect.stringMatching(/^- bad\\\.zip: INVALID\\_BUNDLE: /),
      Deployed: '- com\\.example\\.test 1\\.0\\.2 \\(next\\.zip\\)',
    },
  ]);
});
