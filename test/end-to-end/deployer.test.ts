import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readEverything } from '../support/account-state.js';
import {
  appBundle,
  BUNDLES,
  DEPLOYED,
  functionNames,
  leases,
  type PassResult,
  readTags,
  runPass,
  settableClock,
  startDeployer,
  upload,
} from '../support/deployer.js';
import type { TestEnvironment } from '../support/environment.js';

let start: TestEnvironment;
let environment: TestEnvironment;

/** Begins with an empty bucket of bundles. */
async function begin(options: Parameters<typeof startDeployer>[0] = {}): Promise<void> {
  environment = await startDeployer({ like: start, ...options });
}

beforeAll(async () => {
  start = await startDeployer();
});
afterEach(async () => {
  expect(leases(environment)).toEqual([]);
  await environment.stop();
});
afterAll(() => start.stop());

/** How often a pass has sent a request about the bucket of bundles. */
function count({ requests }: PassResult, operation: string): number {
  return requests.filter(
    (request) => request.operation === operation && request.resource.startsWith(`arn:aws:s3:::${BUNDLES}`),
  ).length;
}

const TAGGING = ['GetObject', 'GetObjectTagging', 'PutObjectTagging', 'HeadObject'] as const;
const bucketRequests = (pass: PassResult): number[] => TAGGING.map((operation) => count(pass, operation));

describe('a pass', () => {
  test('over an empty bucket does nothing', async () => {
    await begin();
    const pass = await runPass(environment);
    expect(pass).toMatchObject({ code: 0, deployed: [], failed: {} });
    expect(bucketRequests(pass)).toEqual([0, 0, 0, 0]);
  });

  test('deploys a new bundle once', async () => {
    await begin();
    await upload(environment, 'one.zip', await appBundle('com.example.one'));
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: ['one.zip'], failed: {} });
    expect(functionNames(environment)).toEqual(['com-example-one_1-0-0_go']);
    expect(await readTags(environment, 'one.zip')).toEqual(DEPLOYED);

    const second = await runPass(environment);
    expect(second).toMatchObject({ code: 0, deployed: [], failed: {} });
    expect(bucketRequests(second)).toEqual([0, 1, 0, 0]);
  });

  test('deploys 27 of 30 bundles of which 3 are broken, tells of these 3, and does not try them again', async () => {
    await begin();
    const { posts, url } = environment.mattermost.createWebhook();
    for (let index = 10; index < 40; index++) {
      const isBroken = index % 10 === 5;
      const body = isBroken ? 'no zip' : await appBundle(`com.example.app${index}`);
      await upload(environment, `${index}.zip`, body);
    }
    const env = { MM_APPS_ALERTS_WEBHOOK: url };
    const first = await runPass(environment, ['--parallel-bundles', '5'], { env });
    const broken = { '15.zip': 'INVALID_BUNDLE', '25.zip': 'INVALID_BUNDLE', '35.zip': 'INVALID_BUNDLE' };
    expect(first).toMatchObject({ code: 1, failed: broken });
    expect(first.deployed).toHaveLength(27);
    expect(functionNames(environment)).toHaveLength(27);
    expect(posts).toHaveLength(3);

    const second = await runPass(environment, [], { env });
    expect(second).toMatchObject({ code: 0, deployed: [], failed: {} });
    expect(bucketRequests(second)).toEqual([0, 30, 0, 0]);
    expect(second.log.at(-1)).toMatchObject({
      bundles: { new: 0, deployed: 27, failed: 0, blocked: 3 },
      failureCodes: { INVALID_BUNDLE: 3 },
    });
    expect(posts).toHaveLength(3);
  });

  test('reads all pages of the bucket, and begins with the oldest bundle', async () => {
    await begin({ aws: { pageSize: 2 } });
    const keys = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.zip`);
    for (const key of keys) {
      const tags = key === 'c.zip' || key === 'e.zip' ? {} : DEPLOYED;
      await upload(environment, key, await appBundle(`com.example.${key[0]}`), tags);
    }
    const newer = environment.aws.bucket(BUNDLES).objects.get('c.zip');
    if (newer !== undefined) newer.lastModified = new Date(Date.now() + 60_000);
    const pass = await runPass(environment);
    expect(pass).toMatchObject({ code: 0, deployed: ['e.zip', 'c.zip'] });
    expect(count(pass, 'ListObjectsV2')).toBe(1 + 3);
  });

  test('lists nowhere without a Mattermost server; lists and installs with one', async () => {
    await begin();
    const { mattermost } = environment;
    const server = {
      MM_SERVICESETTINGS_SITEURL: mattermost.siteUrl,
      MM_ADMIN_TOKEN: mattermost.adminToken,
    };
    await upload(environment, 'one.zip', await appBundle('com.example.one'));
    await runPass(environment);
    expect(mattermost.listed.size).toBe(0);

    await upload(environment, 'two.zip', await appBundle('com.example.two'));
    await runPass(environment, [], { env: server });
    expect([[...mattermost.listed.keys()], mattermost.installed.size]).toEqual([['com.example.two'], 0]);

    await upload(environment, 'three.zip', await appBundle('com.example.three'));
    expect(await runPass(environment, ['--install'], { env: server })).toMatchObject({ code: 0 });
    expect([...mattermost.installed.keys()]).toEqual(['com.example.three']);
  });

  test('takes the bundles of one app in turn, and others meanwhile', async () => {
    await begin();
    const env = {
      MM_SERVICESETTINGS_SITEURL: environment.mattermost.siteUrl,
      MM_ADMIN_TOKEN: environment.mattermost.adminToken,
    };
    for (const version of ['1.0.0', '1.1.0', '1.2.0'])
      await upload(environment, `app-${version}.zip`, await appBundle('com.example.one', { version }));
    await upload(environment, 'other.zip', await appBundle('com.example.two'));
    // The first one takes longer than the others together.
    environment.intercept(({ operation, resource }) =>
      operation === 'CreateFunction' && resource.includes('_1-0-0_go') && resource.includes('one')
        ? { kind: 'delay', milliseconds: 300 }
        : undefined,
    );
    const pass = await runPass(environment, ['--parallel-bundles', '4'], { env });
    expect(pass).toMatchObject({ code: 0, failed: {} });
    expect(pass.deployed).toEqual(['other.zip', 'app-1.0.0.zip', 'app-1.1.0.zip', 'app-1.2.0.zip']);
    expect(environment.mattermost.listed.get('com.example.one')).toMatchObject({ version: '1.2.0' });
  });

  test('begins no bundle when its time is over, and leaves the others to the next one', async () => {
    const clock = settableClock();
    await begin();
    for (const name of ['a', 'b'])
      await upload(environment, `${name}.zip`, await appBundle(`com.example.${name}`));
    environment.intercept(({ operation }) => {
      if (operation === 'CreateFunction') clock.set(60 * 60_000);
      return undefined;
    });
    const first = await runPass(environment, [], { clock });
    expect(first).toMatchObject({ code: 0, deployed: ['a.zip'] });
    expect(first.log.at(-1)).toMatchObject({ outOfTime: true, bundles: { deployed: 1, new: 1 } });
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: ['b.zip'] });
  });
});

describe('a dry run', () => {
  test('shows what would be done, and leaves the account, the tags and the people alone', async () => {
    await begin({ isVersioned: true });
    const { posts, url } = environment.mattermost.createWebhook();
    await upload(environment, 'good.zip', await appBundle('com.example.good'));
    await upload(environment, 'bad.zip', 'no zip');
    const before = readEverything(environment);
    const env = { MM_APPS_ALERTS_WEBHOOK: url, MM_APPS_NOTIFICATIONS_WEBHOOK: url };
    const { code, stdout } = await environment.run(['aws', 'deployer', 'run', '--dry-run'], { env });
    expect(code).toBe(1);
    expect(stdout).toContain('com-example-good_1-0-0_go');
    expect(stdout).toContain('bad.zip');
    expect(readEverything(environment)).toEqual(before);
    expect(posts).toEqual([]);
  });
});
