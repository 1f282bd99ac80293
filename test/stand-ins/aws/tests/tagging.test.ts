import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it, test } from 'vitest';
import type { Clients } from '../../../support/aws-clients.js';
import type { LocalAwsOptions } from '../index.js';
import { createPolicy, refusal } from './helpers.js';
import { newInvokeUser, type Session, startSession } from './session.js';
import { send, signed } from './wire.js';

const [Bucket, Key] = ['apps', 'k'];

async function startWithObject(options: LocalAwsOptions = {}): Promise<Session> {
  const session = await startSession(options);
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  await session.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }));
  return session;
}

async function enableVersions({ s3 }: Session, Status: 'Enabled' | 'Suspended' = 'Enabled'): Promise<void> {
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

type Tags = Record<string, string>;

function tag({ s3 }: Pick<Clients, 's3'>, tags: Tags | [string, string][], VersionId?: string) {
  const entries = Array.isArray(tags) ? tags : Object.entries(tags);
  const TagSet = entries.map(([Key, Value]) => ({ Key, Value }));
  return s3.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: { TagSet } }));
}

async function tagsOf({ s3 }: Pick<Clients, 's3'>, VersionId?: string): Promise<Tags> {
  const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}

it('replaces all tags of an object, and loses them with the object', async () => {
  const session = await startWithObject();
  expect(await tagsOf(session)).toEqual({});
  await tag(session, { one: '1', two: '' });
  await tag(session, { two: 'é / +-=._:@', three: '3' });
  expect(await tagsOf(session)).toEqual({ two: 'é / +-=._:@', three: '3' });
  await session.s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
  expect(await tagsOf(session)).toEqual({});
  await tag(session, { one: '1' });
  await session.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'b' }));
  expect(await tagsOf(session)).toEqual({});
});

it('keeps the tags of each version, and says which version it is', async () => {
  const session = await startWithObject();
  const { s3 } = session;
  const answered = async (VersionId?: string) =>
    (await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))).VersionId;
  expect(await answered()).toBeUndefined();
  await enableVersions(session);
  expect(await answered()).toBe('null');
  const second = (await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'b' }))).VersionId;
  expect((await tag(session, { of: 'first' }, 'null')).VersionId).toBe('null');
  expect((await tag(session, { of: 'second' })).VersionId).toBe(second);
  expect([await answered(), await answered('null')]).toEqual([second, 'null']);
  expect([await tagsOf(session), await tagsOf(session, 'null')]).toEqual([{ of: 'second' }, { of: 'first' }]);
  await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key, VersionId: 'null' }));
  expect([await tagsOf(session), await tagsOf(session, 'null')]).toEqual([{ of: 'second' }, {}]);
});

it('has no tags for what does not exist, and for delete markers', async () => {
  const session = await startWithObject();
  const { s3 } = session;
  const errors = async (key: string, VersionId?: string): Promise<string[]> => {
    const params = { Bucket, Key: key, VersionId };
    return [
      await refusal(s3.send(new GetObjectTaggingCommand(params))),
      await refusal(s3.send(new PutObjectTaggingCommand({ ...params, Tagging: { TagSet: [] } }))),
      await refusal(s3.send(new DeleteObjectTaggingCommand(params))),
    ];
  };
  const thrice = (name: string): string[] => [name, name, name];
  expect(await errors('missing')).toEqual(thrice('NoSuchKey'));
  await enableVersions(session);
  expect(await errors(Key, 'x'.repeat(32))).toEqual(thrice('NoSuchVersion'));
  const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(await errors(Key, marker.VersionId)).toEqual(thrice('MethodNotAllowed'));
  expect(await errors(Key)).toEqual(thrice('MethodNotAllowed'));
});

const ten = Array.from({ length: 10 }, (_, index): [string, string] => [`k${index}`, 'v'.repeat(256)]);

test('10 tags of 128 and 256 characters are accepted', async () => {
  const session = await startWithObject();
  await tag(session, [...ten.slice(1), ['k'.repeat(128), '']]);
  expect(Object.keys(await tagsOf(session))).toHaveLength(10);
});

it.each<[string, [string, string][], string, string]>([
  ['an eleventh tag', [...ten, ['k', 'v']], 'BadRequest', 'Object tags cannot be greater than 10'],
  [
    'a key twice',
    [
      ['k', '1'],
      ['k', '2'],
    ],
    'InvalidTag',
    'Cannot provide multiple Tags with the same key',
  ],
  ['an empty key', [['', 'v']], 'InvalidTag', 'The TagKey you have provided is invalid'],
  ['a long key', [['k'.repeat(129), 'v']], 'InvalidTag', 'The TagKey you have provided is invalid'],
  ['a character in a key', [['a,b', 'v']], 'InvalidTag', 'The TagKey you have provided is invalid'],
  ['a long value', [['k', 'v'.repeat(257)]], 'InvalidTag', 'The TagValue you have provided is invalid'],
  ['a character in a value', [['k', '{}']], 'InvalidTag', 'The TagValue you have provided is invalid'],
  ['a line break', [['k', 'a\nb']], 'InvalidTag', 'The TagValue you have provided is invalid'],
  ['a key of AWS', [['aws:k', 'v']], 'InvalidTag', 'System tags cannot be added/updated by requester'],
])('refuses %s', async (_, tags, name, message) => {
  const session = await startWithObject();
  await tag(session, { old: 'tag' });
  await expect(tag(session, tags)).rejects.toMatchObject({ name, message });
  expect(await tagsOf(session)).toEqual({ old: 'tag' });
});

it.each([
  ['no document', ''],
  ['a document without tags', '<Tagging></Tagging>'],
  ['a tag without a value', '<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>'],
  ['another document', '<Tags><TagSet></TagSet></Tags>'],
])('refuses %s', async (_, body) => {
  const { aws } = await startWithObject();
  const signer = { endpoint: aws.endpoint, credentials: aws.admin, service: 's3' };
  const md5 = createHash('md5').update(body).digest('base64');
  const wire = { method: 'PUT', path: `/${Bucket}/${Key}?tagging=`, headers: { 'content-md5': md5 }, body };
  const answer = await send(aws.endpoint, { ...wire, headers: signed(signer, wire) });
  expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('MalformedXML') });
  const unchecked = { ...wire, headers: {} };
  const refused = await send(aws.endpoint, { ...unchecked, headers: signed(signer, unchecked) });
  expect(refused.body).toContain('Missing required header for this request');
});

it('takes the tags of a new object from a header, and counts them', async () => {
  const session = await startWithObject();
  const { s3 } = session;
  const count = async (Command: typeof GetObjectCommand | typeof HeadObjectCommand) =>
    (await s3.send(new (Command as typeof GetObjectCommand)({ Bucket, Key }))).TagCount;
  expect([await count(GetObjectCommand), await count(HeadObjectCommand)]).toEqual([undefined, undefined]);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'b', Tagging: 'a+b=c%2Bd&e=f=g&h' }));
  expect(await tagsOf(session)).toEqual({ 'a b': 'c+d', e: 'f=g', h: '' });
  expect([await count(GetObjectCommand), await count(HeadObjectCommand)]).toEqual([3, 3]);
  for (const Tagging of ['a=1&a=2', '=v', 'a=%ff']) {
    const put = s3.send(new PutObjectCommand({ Bucket, Key, Body: 'c', Tagging }));
    await expect(put).rejects.toMatchObject({ name: 'InvalidArgument', ArgumentValue: Tagging });
  }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, Tagging: 'k=v' }));
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'd' }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  expect(await tagsOf(session)).toEqual({ k: 'v' });
});

it('authorizes tags by themselves, and those of versions by themselves', async () => {
  const session = await startWithObject();
  await enableVersions(session);
  await tag(session, { k: 'v' });
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const Action = ['s3:GetObject', 's3:PutObject', 's3:GetObjectTagging', 's3:PutObjectVersionTagging'];
  const user = await newInvokeUser(session, createPolicy({ Effect: 'Allow', Action, Resource }));
  expect(await tagsOf(user)).toEqual({ k: 'v' });
  await tag(user, { k: 'w' }, 'null');
  const denied = (action: string) => ({
    name: 'AccessDenied',
    message: expect.stringContaining(`not authorized to perform: ${action} on`),
  });
  await expect(tagsOf(user, 'null')).rejects.toMatchObject(denied('s3:GetObjectVersionTagging'));
  await expect(tag(user, {})).rejects.toMatchObject(denied('s3:PutObjectTagging'));
  const put = (Tagging?: string) => user.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'b', Tagging }));
  await expect(put('k=v')).rejects.toMatchObject(denied('s3:PutObjectTagging'));
  await expect(put()).resolves.toBeDefined();
  await expect(user.s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }))).rejects.toMatchObject(
    denied('s3:DeleteObjectTagging'),
  );
});

it('counts tags only for those who may read them', async () => {
  const session = await startWithObject();
  await tag(session, { k: 'v' });
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const user = await newInvokeUser(
    session,
    createPolicy({ Effect: 'Allow', Action: 's3:GetObject', Resource }),
  );
  expect((await user.s3.send(new HeadObjectCommand({ Bucket, Key }))).TagCount).toBeUndefined();
});

it('tags nothing in a bucket of another account', async () => {
  const session = await startSession({
    others: [{ bucket: Bucket, accountId: '999999999999', letsIn: true }],
  });
  const { s3, aws } = session;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }));
  const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
  const put = (ExpectedBucketOwner: string) =>
    s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging, ExpectedBucketOwner }));
  await expect(put(aws.accountId)).rejects.toMatchObject({ name: 'AccessDenied', message: 'Access Denied' });
  expect(await tagsOf(session)).toEqual({});
  await put('999999999999');
  expect(await tagsOf(session)).toEqual({ k: 'v' });
});
