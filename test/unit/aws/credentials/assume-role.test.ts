import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withRole } from '../../../../src/aws/credentials/assume-role.js';
import { S3BundleBucket } from '../../../../src/aws/s3/bundle-bucket.js';
import { MINUTE } from '../../../../src/core/units.js';
import type { LocalAwsOptions } from '../../../stand-ins/aws/index.js';
import { createPolicy } from '../../../stand-ins/aws/tests/helpers.js';
import { newInvokeUser, startSession } from '../../../stand-ins/aws/tests/session.js';
import { connectionTo } from '../../../support/connection.js';

const [NAME, KEY] = ['bundles', 'app.zip'];
const ROLE = 'arn:aws:iam::123456789012:role/bundles';
const EXTERNAL_ID = 'an external id';
const ALLOWED = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE };

/** A role that may read the tags of bundles, and a user who may assume it, unless `statement` says something else. */
async function start(options: LocalAwsOptions = {}, statement: object = ALLOWED) {
  const session = await startSession(options);
  const { iam, s3, aws } = session;
  await s3.send(new CreateBucketCommand({ Bucket: NAME }));
  await s3.send(new PutObjectCommand({ Bucket: NAME, Key: KEY, Body: 'a' }));
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: aws.accountId },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
  };
  const RoleName = 'bundles';
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: createPolicy(trust) }));
  const PolicyDocument = createPolicy({ Effect: 'Allow', Action: 's3:GetObject*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'tags', PolicyDocument }));
  const user = await newInvokeUser(session, createPolicy(statement));
  const { connection, requests } = connectionTo(aws);
  const own = { ...connection, credentials: user.credentials };
  const open = (arn = ROLE, externalId: string | undefined = EXTERNAL_ID) =>
    new S3BundleBucket(withRole(own, { arn, externalId }), NAME, undefined);
  const assumptions = () => requests().filter((request) => request.startsWith('AssumeRole'));
  return { own, open, assumptions, expireSessions: () => aws.expireSessions() };
}

test('the role is assumed once, by the first of many requests', async () => {
  const { open, assumptions } = await start();
  const bucket = open();
  expect(assumptions()).toEqual([]);
  const found = await Promise.all(Array.from({ length: 16 }, () => bucket.readTags(KEY)));
  expect(found).toHaveLength(16);
  expect(assumptions()).toEqual([`AssumeRole ${ROLE}: 200`]);
});

test('what the role may not do is said of its session', async () => {
  const { open } = await start();
  const tagging = open().writeTags({ key: KEY, versionId: undefined }, new Map());
  await expect(tagging).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringContaining(':assumed-role/bundles/appsctl-deployer is not authorized to perform'),
    hint: `grant s3:PutObjectTagging on the bundles in bucket ${NAME} to role ${ROLE}`,
  });
});

describe('a role that cannot be assumed', () => {
  test.each<[string, object, [string?, (string | undefined)?]]>([
    ['without the permission', { ...ALLOWED, Effect: 'Deny' }, []],
    ['with another external id', ALLOWED, [ROLE, 'another id']],
    ['that does not exist', ALLOWED, [`${ROLE}2`]],
  ])('%s is one error that names it', async (_, statement, given) => {
    const { open, assumptions } = await start({}, statement);
    const [arn = ROLE] = given;
    await expect(open(...given).check('')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringMatching(new RegExp(`^cannot assume role ${arn}: User: .*sts:AssumeRole`)),
      hint: `check its ARN, grant sts:AssumeRole on it to the AWS user of MM_APPS_DEPLOY_AWS_ACCESS_KEY, and allow it in the trust policy of the role with this external ID`,
    });
    expect(assumptions()).toHaveLength(1);
  });

  test('without the external id that it needs', async () => {
    const { own } = await start();
    const inRole = withRole(own, { arn: ROLE, externalId: undefined });
    await expect(new S3BundleBucket(inRole, NAME, undefined).check('')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      hint: expect.stringMatching(/ without an external ID$/),
    });
  });

  test('because the own session has tags, as that of EKS Pod Identity', async () => {
    const message = `User: x is not authorized to perform: sts:TagSession on resource: ${ROLE}`;
    const { open } = await start({
      intercept: ({ operation }) =>
        operation === 'AssumeRole'
          ? { kind: 'error', status: 403, code: 'AccessDenied', message }
          : undefined,
    });
    await expect(open().check('')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: `cannot assume role ${ROLE}: ${message}`,
      hint: expect.stringMatching(/^grant sts:TagSession, beside sts:AssumeRole, on it to /),
    });
  });

  test('because of the own credentials', async () => {
    const { own } = await start();
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's' };
    const inRole = withRole({ ...own, credentials }, { arn: ROLE, externalId: EXTERNAL_ID });
    await expect(new S3BundleBucket(inRole, NAME, undefined).check('')).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: `cannot assume role ${ROLE}: AWS does not know access key AKIAIOSFODNN7EXAMPLE (InvalidClientTokenId)`,
    });
  });
});

describe('a session', () => {
  let offset = 0;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    offset = 0;
  });

  test.each([0, 10 * MINUTE, -10 * MINUTE, -70 * MINUTE])(
    'is replaced before it expires, when the clock of AWS is %i ms ahead',
    async (ahead) => {
      const { open, assumptions } = await start({ clock: { now: () => Date.now() + offset } });
      offset = ahead;
      const bucket = open();
      const begin = Date.now();
      // Further off than 15 minutes, the first attempt is refused, and repeated with the time of AWS.
      const sessions = () => assumptions().filter((request) => request.endsWith(': 200'));
      const readAfter = (minutes: number) => {
        vi.setSystemTime(begin + minutes * MINUTE);
        return bucket.readTags(KEY);
      };
      await readAfter(0);
      await readAfter(44);
      expect(sessions()).toHaveLength(1);
      for (const minutes of [61, 125]) expect(await readAfter(minutes)).toBeDefined();
      expect(sessions()).toHaveLength(3);
    },
  );

  test('that has expired is an error, which names the role', async () => {
    const { open, expireSessions } = await start();
    const bucket = open();
    await bucket.readTags(KEY);
    expireSessions();
    await expect(bucket.readTags(KEY)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: `cannot read the tags of s3://${NAME}/${KEY}: AWS rejected the credentials (ExpiredToken)`,
      hint: expect.stringContaining(`role ${ROLE}`),
    });
    await expect(bucket.currentEtag(KEY)).rejects.toMatchObject({
      code: 'SERVICE',
      message: `cannot look up s3://${NAME}/${KEY}: AWS responded with 400 Bad Request`,
      hint: `check role ${ROLE}: its session token may have expired`,
    });
  });
});
