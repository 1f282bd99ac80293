import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPolicy } from '../stand-ins/aws/tests/helpers.js';
import {
  appBundle,
  BUNDLES,
  DEPLOYED,
  readTags,
  runPass,
  startDeployer,
  upload,
} from '../support/deployer.js';
import type { TestEnvironment } from '../support/environment.js';
import { createUserWith } from '../support/restricted-user.js';

const OWN = '123456789012';
const OTHER = '111122223333';
const ROLE = `arn:aws:iam::${OWN}:role/bundles`;
const EXTERNAL_ID = 'an-external-id';
const MINUTE = 60_000;

let environment: TestEnvironment;

beforeAll(async () => {
  environment = await startDeployer({
    aws: { clock: { now: () => Date.now() }, others: [{ bucket: 'theirs', accountId: OTHER, letsIn: true }] },
  });
  const { iam } = environment.clients;
  const trust = {
    ...{ Effect: 'Allow', Principal: { AWS: OWN }, Action: 'sts:AssumeRole' },
    Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
  };
  const RoleName = 'bundles';
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: createPolicy(trust) }));
  const actions = ['ListBucket', 'GetObject', 'GetObjectTagging', 'PutObjectTagging'];
  const PolicyDocument = createPolicy({
    ...{ Effect: 'Allow', Action: actions.map((action) => `s3:${action}`) },
    Resource: [`arn:aws:s3:::${BUNDLES}`, `arn:aws:s3:::${BUNDLES}/*`],
  });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'bundles', PolicyDocument }));
  // Root may not assume roles.
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  Object.assign(environment.env, await createUserWith(environment, everything));
});
afterAll(() => environment.stop());

describe('a role for the bucket of the bundles', () => {
  const env = { MM_APPS_BUNDLE_ROLE_ARN: ROLE, MM_APPS_BUNDLE_ROLE_EXTERNAL_ID: EXTERNAL_ID };

  test('is assumed again when its session expires in the middle of a pass', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      for (const name of ['a', 'b'])
        await upload(environment, `${name}.zip`, await appBundle(`com.example.${name}`));
      const begin = Date.now();
      environment.intercept(({ operation, resource }) => {
        if (operation === 'CreateFunction' && resource.includes('example-a')) {
          vi.setSystemTime(begin + 61 * MINUTE);
          environment.aws.expireSessions();
        }
        return undefined;
      });
      const pass = await runPass(environment, [], { env });
      expect(pass).toMatchObject({ code: 0, deployed: ['a.zip', 'b.zip'], failed: {} });
      expect(pass.requests.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(2);
      expect(await readTags(environment, 'b.zip')).toEqual(DEPLOYED);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that may not be assumed is one failure, before any bundle', async () => {
    const wrong = { ...env, MM_APPS_BUNDLE_ROLE_EXTERNAL_ID: 'another-one' };
    const pass = await runPass(environment, [], { env: wrong });
    expect(pass).toMatchObject({ code: 1, deployed: [], failed: {} });
    expect(pass.log.at(-1)).toMatchObject({ level: 'error', code: 'ACCESS_DENIED' });
    expect(pass.requests.some(({ operation }) => operation.startsWith('Put'))).toBe(false);
  });
});

describe('the bucket of another account', () => {
  test('is used if that account is expected to own it', async () => {
    const Body = await appBundle('com.example.theirs');
    await environment.clients.s3.send(new PutObjectCommand({ Bucket: 'theirs', Key: 'app.zip', Body }));
    const env = { MM_APPS_BUNDLE_BUCKET: 'theirs', MM_APPS_BUNDLE_BUCKET_OWNER: OTHER };
    expect(await runPass(environment, [], { env })).toMatchObject({ code: 0, deployed: ['app.zip'] });
  });

  test.each<[string, Record<string, string>]>([
    ['it is not expected', {}],
    ['a third one is', { MM_APPS_BUNDLE_BUCKET_OWNER: '999999999999' }],
  ])('is refused if %s', async (_, owner) => {
    const pass = await runPass(environment, [], { env: { MM_APPS_BUNDLE_BUCKET: 'theirs', ...owner } });
    expect(pass).toMatchObject({ code: 1, deployed: [], failed: {} });
    expect(pass.log.at(-1)).toMatchObject({
      code: 'ACCESS_DENIED',
      hint: expect.stringContaining('check that the bucket belongs to account'),
    });
  });
});
