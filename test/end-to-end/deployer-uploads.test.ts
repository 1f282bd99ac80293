import { DeleteObjectCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StorageClass } from '../stand-ins/aws/s3-model.js';
import {
  appBundle,
  BUNDLES,
  DEPLOYED,
  functionNames,
  leases,
  readTags,
  runPass,
  setVersioning,
  startDeployer,
  upload,
  writeTags,
} from '../support/deployer.js';
import type { TestEnvironment } from '../support/environment.js';

const KEY = 'app.zip';
const FOREIGN = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [`team-${index}`, `+-=._:/@ ${index}`]),
);
const REPLACED = 'it was replaced meanwhile';

let start: TestEnvironment;
let environment: TestEnvironment;

beforeAll(async () => {
  start = await startDeployer();
});
afterEach(async () => {
  expect(leases(environment)).toEqual([]);
  await environment.stop();
});
afterAll(() => start.stop());

async function begin(options: Parameters<typeof startDeployer>[0] = {}): Promise<void> {
  environment = await startDeployer({ like: start, ...options });
}

/** Does something once, while a request about a bundle or a function is processed. */
function meanwhile(operation: string, work: () => Promise<unknown>): void {
  const stop = environment.intercept(async (request) => {
    if (request.operation !== operation || /mattermost-apps/.test(request.resource)) return undefined;
    stop();
    await work();
    return undefined;
  });
}

const version = (number: string): Promise<Buffer> => appBundle('com.example.app', { version: number });

describe('keys', () => {
  test.each([
    'team/release/app.zip',
    'my app (1)+2.zip',
    'über/アプリ 🚀.zip',
    'a//b/./../&<>"\'%20.zip',
    'UPPER.ZIP',
    `${'é'.repeat(508)}xxxx.zip`,
    '-.zip',
  ])('%s', async (key) => {
    await begin();
    await upload(environment, key, await version('1.0.0'));
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [key] });
    expect(await readTags(environment, key)).toEqual(DEPLOYED);
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [] });
  });

  test('objects that are no bundles, and those that cannot be read, are left alone', async () => {
    await begin();
    const body = await version('1.0.0');
    for (const key of ['readme.txt', 'app.zip.sha256', 'folder.zip/']) await upload(environment, key, body);
    await upload(environment, 'empty.zip', '');
    for (const storageClass of ['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'] as StorageClass[]) {
      await upload(environment, `${storageClass}.zip`, body);
      const object = environment.aws.bucket(BUNDLES).objects.get(`${storageClass}.zip`);
      if (object !== undefined) object.storageClass = storageClass;
    }
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: ['GLACIER_IR.zip'], failed: {} });
  });

  test('outside the prefix are left alone', async () => {
    await begin();
    await upload(environment, 'in/a.zip', await appBundle('com.example.a'));
    await upload(environment, 'out/b.zip', await appBundle('com.example.b'));
    expect(await runPass(environment, ['--bundle-prefix', 'in/'])).toMatchObject({ deployed: ['in/a.zip'] });
  });
});

describe.each(['without versions', 'with versions', 'with versioning suspended'] as const)(
  'a bucket %s',
  (kind) => {
    async function beginWith(): Promise<void> {
      await begin({ isVersioned: kind !== 'without versions' });
      if (kind === 'with versioning suspended') await setVersioning(environment, 'Suspended');
    }

    test('a bundle that is replaced while it is deployed is left to the next pass', async () => {
      await beginWith();
      const first = await upload(environment, KEY, await version('1.0.0'), { of: 'first' });
      meanwhile('CreateFunction', async () =>
        upload(environment, KEY, await version('1.1.0'), { of: 'second' }),
      );
      const pass = await runPass(environment);
      expect(await readTags(environment, KEY)).toEqual({ of: 'second' });
      if (kind === 'with versions') {
        expect(pass).toMatchObject({ code: 0, deployed: [KEY] });
        expect(await readTags(environment, KEY, first)).toEqual({ of: 'first', ...DEPLOYED });
      } else {
        expect(pass).toMatchObject({ code: 0, deployed: [], failed: {} });
        expect(pass.log).toContainEqual(expect.objectContaining({ event: 'bundle-postponed' }));
        expect(pass.log.map(({ message }) => message).join()).toContain(REPLACED);
      }
      expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [KEY] });
      expect(await readTags(environment, KEY)).toEqual({ of: 'second', ...DEPLOYED });
      expect(functionNames(environment)).toEqual(['com-example-app_1-0-0_go', 'com-example-app_1-1-0_go']);
    });

    test('one that is replaced just before its tags are written does not seem to be deployed', async () => {
      await beginWith();
      await upload(environment, KEY, await version('1.0.0'), { deployed_production: 'true', team: 'a' });
      meanwhile('PutObjectTagging', async () => upload(environment, KEY, await version('1.1.0')));
      await runPass(environment);
      expect(await readTags(environment, KEY)).not.toHaveProperty('deployed_production');
      expect(await readTags(environment, KEY)).not.toHaveProperty('deployed_staging');
      expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [KEY] });
      expect(functionNames(environment)).toContain('com-example-app_1-1-0_go');
    });

    test('one that is replaced while the tags are read is deployed as what it is then, or by the next pass', async () => {
      await beginWith();
      await upload(environment, KEY, await version('1.0.0'));
      meanwhile('GetObjectTagging', async () => upload(environment, KEY, await version('1.1.0')));
      expect(await runPass(environment)).toMatchObject({ code: 0, failed: {} });
      await runPass(environment);
      expect(functionNames(environment)).toEqual(['com-example-app_1-1-0_go']);
      expect(await readTags(environment, KEY)).toEqual(DEPLOYED);
    });

    test("one that is removed meanwhile is nobody's failure", async () => {
      await beginWith();
      await upload(environment, KEY, await version('1.0.0'));
      meanwhile('GetObjectTagging', () =>
        environment.clients.s3.send(new DeleteObjectCommand({ Bucket: BUNDLES, Key: KEY })),
      );
      expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [], failed: {} });
    });
  },
);

describe('tags', () => {
  test('of other environments and of others are kept', async () => {
    await begin();
    const others = { ...FOREIGN, deployed_production: 'true' };
    await upload(environment, KEY, await version('1.0.0'), others);
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [KEY] });
    expect(await readTags(environment, KEY)).toEqual({ ...others, ...DEPLOYED });
  });

  test('without room for another one are a failure before the bundle is downloaded', async () => {
    await begin();
    await upload(environment, KEY, await version('1.0.0'), { ...FOREIGN, nine: '9', ten: '10' });
    for (let count = 0; count < 2; count++) {
      const pass = await runPass(environment);
      expect(pass).toMatchObject({ code: 1, failed: { [KEY]: 'LIMIT' } });
      const about = pass.requests.filter(({ resource }) => resource.endsWith(KEY));
      expect(about.map(({ operation }) => operation)).toEqual(['GetObjectTagging', 'HeadObject']);
    }
    await writeTags(environment, KEY, FOREIGN);
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [KEY] });
  });

  test('of the Go version say that a bundle is deployed', async () => {
    await begin();
    await upload(environment, KEY, await version('1.0.0'), { deployed_staging: 'true' });
    expect(await runPass(environment)).toMatchObject({ code: 0, deployed: [] });
  });
});

describe('what may not be read', () => {
  /** Denies actions on a bundle to everyone. */
  const deny = (...actions: readonly string[]) =>
    environment.clients.s3.send(
      new PutBucketPolicyCommand({
        Bucket: BUNDLES,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              ...{ Effect: 'Deny', Principal: '*', Action: actions.map((action) => `s3:${action}`) },
              Resource: `arn:aws:s3:::${BUNDLES}/secret.zip`,
            },
          ],
        }),
      }),
    );

  async function beginWithTwo(): Promise<void> {
    await begin();
    await upload(environment, 'secret.zip', await appBundle('com.example.secret'));
    await upload(environment, 'visible.zip', await appBundle('com.example.visible'));
  }

  test.each(['GetObjectTagging', 'GetObject'])('is the failure of that bundle alone: %s', async (action) => {
    await beginWithTwo();
    await deny(action);
    const pass = await runPass(environment);
    expect(pass).toMatchObject({
      code: 1,
      deployed: ['visible.zip'],
      failed: { 'secret.zip': 'ACCESS_DENIED' },
    });
  });

  test('or tagged stops no other bundle if it is special', async () => {
    await beginWithTwo();
    await deny('PutObjectTagging');
    const pass = await runPass(environment);
    expect(pass).toMatchObject({
      code: 1,
      deployed: ['visible.zip'],
      failed: { 'secret.zip': 'ACCESS_DENIED' },
    });
  });
});
