import {
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createPolicy, refusal } from './helpers.js';
import { newInvokeUser, type Session, startSession } from './session.js';

const Bucket = 'apps';
const READ = new GetBucketLifecycleConfigurationCommand({ Bucket });
const RULE: LifecycleRule = {
  ID: 'functions',
  Status: 'Enabled',
  Filter: { Prefix: 'functions/' },
  Expiration: { Days: 1 },
  NoncurrentVersionExpiration: { NoncurrentDays: 1 },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
};

async function sessionWithBucket(): Promise<Session> {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  return session;
}

function put({ s3 }: Pick<Session, 's3'>, ...Rules: LifecycleRule[]): Promise<unknown> {
  const LifecycleConfiguration = { Rules };
  return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
}

it('stores lifecycle rules until they are deleted', async () => {
  const session = await sessionWithBucket();
  const { s3 } = session;
  await expect(s3.send(READ)).rejects.toMatchObject({
    name: 'NoSuchLifecycleConfiguration',
    $metadata: { httpStatusCode: 404 },
  });
  const rules: LifecycleRule[] = [
    RULE,
    {
      ID: 'more',
      Status: 'Disabled',
      Filter: { And: { Prefix: 'a&b/', Tags: [{ Key: 'k', Value: 'v' }], ObjectSizeLessThan: 5 } },
      Transitions: [{ Days: 0, StorageClass: 'GLACIER' }],
      Expiration: { Days: 9 },
    },
    {
      ID: 'markers',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      Expiration: { ExpiredObjectDeleteMarker: true },
    },
  ];
  await put(session, ...rules);
  expect((await s3.send(READ)).Rules).toEqual(rules);
  await put(session, RULE);
  expect((await s3.send(READ)).Rules).toEqual([RULE]);
  await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
  expect(await refusal(s3.send(READ))).toBe('NoSuchLifecycleConfiguration');
});

const { Filter: _, ...unfiltered } = RULE;
it.each<[string, LifecycleRule[], string]>([
  ['no rule', [], 'MalformedXML'],
  ['the same ID twice', [RULE, RULE], 'InvalidArgument'],
  ['an ID of 256', [{ ...RULE, ID: 'i'.repeat(256) }], 'InvalidArgument'],
  ['no filter', [unfiltered], 'MalformedXML'],
  ['a prefix beside a filter', [{ ...RULE, Prefix: 'a' }], 'MalformedXML'],
  ['two filters', [{ ...RULE, Filter: { Prefix: 'a', ObjectSizeLessThan: 1 } }], 'MalformedXML'],
  ['no action', [{ Status: 'Enabled', Filter: { Prefix: 'a' } }], 'InvalidRequest'],
  ['another status', [{ ...RULE, Status: 'On' as 'Enabled' }], 'MalformedXML'],
  ['0 days', [{ ...RULE, Expiration: { Days: 0 } }], 'InvalidArgument'],
  ['days and a date', [{ ...RULE, Expiration: { Days: 1, Date: new Date(0) } }], 'MalformedXML'],
  ['uploads in parts by tag', [{ ...RULE, Filter: { Tag: { Key: 'k', Value: 'v' } } }], 'InvalidRequest'],
])('refuses rules with %s', async (_name, rules, code) => {
  expect(await refusal(put(await sessionWithBucket(), ...rules))).toBe(code);
});

it('requires permissions of its own', async () => {
  const session = await sessionWithBucket();
  const user = await newInvokeUser(
    session,
    createPolicy({ Effect: 'Allow', Action: 's3:GetLifecycleConfiguration', Resource: '*' }),
  );
  await put(session, RULE);
  expect((await user.s3.send(READ)).Rules).toHaveLength(1);
  await expect(put(user, RULE)).rejects.toThrow('s3:PutLifecycleConfiguration');
  await expect(user.s3.send(new DeleteBucketLifecycleCommand({ Bucket }))).rejects.toThrow(
    's3:PutLifecycleConfiguration',
  );
});
