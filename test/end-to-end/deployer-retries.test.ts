import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { IncomingWebhook } from '../stand-ins/mattermost/index.js';
import {
  appBundle,
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

const KEY = 'app.zip';
const HOUR = 60 * 60_000;
const MINUTE = 60_000;

let start: TestEnvironment;
let environment: TestEnvironment;
let webhook: IncomingWebhook;

beforeAll(async () => {
  start = await startDeployer();
});
beforeEach(async () => {
  environment = await startDeployer({ like: start });
  webhook = environment.mattermost.createWebhook();
  environment.env['MM_APPS_NOTIFICATIONS_WEBHOOK'] = webhook.url;
});
afterEach(async () => {
  expect(leases(environment)).toEqual([]);
  await environment.stop();
});
afterAll(() => start.stop());

const version = (number: string, source?: string): Promise<Buffer> =>
  appBundle('com.example.app', { version: number }, source);
const titles = (): string[] =>
  webhook.posts.flatMap(({ attachments }) => attachments.map(({ title }) => title));
const failedTag = async (): Promise<string | undefined> =>
  (await readTags(environment, KEY))['failed_staging'];
const command = (...args: readonly string[]) => environment.runOrThrow(['aws', 'deployer', ...args]);

/** How often a pass has downloaded a bundle. */
const downloads = ({ requests }: PassResult): number =>
  requests.filter(({ operation, resource }) => operation === 'GetObject' && resource.endsWith('.zip')).length;

describe('a bundle that is at fault', () => {
  test('is tried again only once it is uploaded again', async () => {
    const clock = settableClock();
    await upload(environment, KEY, 'no zip');
    expect(await runPass(environment, [], { clock })).toMatchObject({
      code: 1,
      failed: { [KEY]: 'INVALID_BUNDLE' },
    });
    expect(await failedTag()).toMatch(/^1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INVALID_BUNDLE$/);
    clock.set(100 * HOUR);
    const second = await runPass(environment, [], { clock });
    expect(second).toMatchObject({ code: 0, failed: {} });
    expect(downloads(second)).toBe(0);
    await upload(environment, KEY, await version('1.0.0'));
    expect(await runPass(environment, [], { clock })).toMatchObject({ code: 0, deployed: [KEY] });
    expect(await readTags(environment, KEY)).toEqual(DEPLOYED);
    expect(titles()).toEqual(['Cannot deploy app\\.zip to staging', 'Deployed Test 1\\.0\\.0 to staging']);
  });

  test('is tried again when someone asks for it', async () => {
    await upload(environment, KEY, 'no zip');
    await runPass(environment);
    await command('retry', KEY);
    expect(await readTags(environment, KEY)).toEqual({});
    expect(await runPass(environment)).toMatchObject({ code: 1, failed: { [KEY]: 'INVALID_BUNDLE' } });
    expect(await failedTag()).toMatch(/^1 /);
  });

  test('because its version is deployed already with other code is refused, unless it may update', async () => {
    await upload(environment, 'first.zip', await version('1.0.0'));
    await runPass(environment);
    await upload(environment, KEY, await version('1.0.0', 'exports.handler = async () => ({});'));
    expect(await runPass(environment)).toMatchObject({ code: 1, deployed: [], failed: { [KEY]: 'DIFFERS' } });
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [], failed: {} });
    await command('retry', KEY);
    const pass = await runPass(environment, ['--update']);
    expect(pass).toMatchObject({ code: 0, deployed: [KEY] });
    expect(pass.log).toContainEqual(
      expect.objectContaining({
        event: 'bundle-deployed',
        functions: { created: 0, updated: 1, unchanged: 0 },
      }),
    );
    // The same content again is no difference.
    await upload(environment, 'again.zip', await version('1.0.0', 'exports.handler = async () => ({});'));
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: ['again.zip'] });
  });

  test('because its app is not allowed is not looked up on AWS', async () => {
    await upload(environment, KEY, await version('1.0.0'));
    await upload(environment, 'ours.zip', await appBundle('com.example.ours'));
    const args = ['--allow-app', 'com.example.o*', '--allow-app', 'org.*'];
    const pass = await runPass(environment, args);
    expect(pass).toMatchObject({ code: 1, deployed: ['ours.zip'], failed: { [KEY]: 'NOT_ALLOWED' } });
    expect(pass.requests.some(({ resource }) => resource.includes('com-example-app'))).toBe(false);
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [] });
    await command('retry', KEY);
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [KEY] });
  });
});

describe('another failure', () => {
  /** Refuses to create functions until it is called. */
  function refuseFunctions(code = 'AccessDeniedException'): () => void {
    const error = {
      kind: 'error',
      status: code === 'AccessDeniedException' ? 403 : 400,
      code,
      message: 'no',
    } as const;
    return environment.intercept(({ operation }) => (operation === 'CreateFunction' ? error : undefined));
  }

  test('is tried again after 1, 2, 4, 8, 16 and 24 hours, and told at first, after a day, and when it is over', async () => {
    const clock = settableClock();
    await upload(environment, KEY, await version('1.0.0'));
    const allow = refuseFunctions();
    const pauses = [1, 2, 4, 8, 16, 24, 24];
    let time = 0;
    for (const [index, pause] of pauses.entries()) {
      clock.set(time);
      expect(await runPass(environment, [], { clock })).toMatchObject({
        code: 1,
        failed: { [KEY]: 'ACCESS_DENIED' },
      });
      expect(await failedTag()).toMatch(new RegExp(`^${index + 1} .* ACCESS_DENIED$`));
      time += pause * HOUR;
      clock.set(time - 11 * MINUTE);
      expect(downloads(await runPass(environment, [], { clock }))).toBe(0);
      // As a run of each hour is, that begins when the one before it began, and not when it failed.
      time -= MINUTE;
    }
    const failure = 'Cannot deploy Test 1\\.0\\.0 to staging';
    expect(titles()).toEqual([failure, failure, failure]);
    allow();
    clock.set(time);
    expect(await runPass(environment, [], { clock })).toMatchObject({ code: 0, deployed: [KEY] });
    expect(titles().at(-1)).toBe('Recovered: deployed Test 1\\.0\\.0 to staging after 7 failed attempts');
    expect(await readTags(environment, KEY)).toEqual(DEPLOYED);
  });

  test('that is not the one before is told', async () => {
    const clock = settableClock();
    await upload(environment, KEY, await version('1.0.0'));
    refuseFunctions();
    await runPass(environment, [], { clock });
    clock.set(2 * HOUR);
    refuseFunctions('CodeStorageExceededException');
    const { failed } = await runPass(environment, [], { clock });
    expect(failed[KEY]).not.toBe('ACCESS_DENIED');
    expect(webhook.posts).toHaveLength(2);
  });
});

describe('a bundle that is forced', () => {
  test('is tried whatever was done with it, and its failure is told', async () => {
    await upload(environment, KEY, 'no zip');
    await runPass(environment);
    expect(await runPass(environment, ['--force', KEY])).toMatchObject({
      code: 1,
      failed: { [KEY]: 'INVALID_BUNDLE' },
    });
    expect(await failedTag()).toMatch(/^2 /);
    expect(webhook.posts).toHaveLength(2);
    await upload(environment, KEY, await version('1.0.0'));
    for (let count = 0; count < 2; count++)
      expect(await runPass(environment, ['--force', KEY])).toMatchObject({ code: 0, deployed: [KEY] });
    expect(functionNames(environment)).toHaveLength(1);
  });

  test('and fails is not deployed any more', async () => {
    await upload(environment, KEY, await version('1.0.0'));
    await runPass(environment);
    const args = ['--force', KEY, '--allow-app', 'org.*'];
    expect(await runPass(environment, args)).toMatchObject({ code: 1, failed: { [KEY]: 'NOT_ALLOWED' } });
    expect(Object.keys(await readTags(environment, KEY))).toEqual(['failed_staging']);
  });

  test('and does not exist is an error, before anything is done', async () => {
    await upload(environment, KEY, await version('1.0.0'));
    for (const args of [[], ['--dry-run']]) {
      const pass = await runPass(environment, ['--force', 'apps.zip', ...args]);
      expect(pass).toMatchObject({ code: 1, deployed: [] });
      const message = 's3://bundles/apps.zip is none of the bundles';
      expect(pass.log.at(-1)).toMatchObject({ code: 'NOT_FOUND', message });
    }
  });
});
