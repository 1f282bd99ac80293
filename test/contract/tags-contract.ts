import {
  CreateBucketCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { freshName } from './target.js';

const Key = 'folder/an app+1 é.zip';

export function tagsContract(clients: () => Clients): void {
  async function newBucket(): Promise<string> {
    const Bucket = freshName('bucket');
    await clients().s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  }

  async function put(Bucket: string, Body: string, Tagging?: string): Promise<string | undefined> {
    return (await clients().s3.send(new PutObjectCommand({ Bucket, Key, Body, Tagging }))).VersionId;
  }

  function tag(Bucket: string, tags: Record<string, string>, VersionId?: string) {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    return clients().s3.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: { TagSet } }));
  }

  async function read(Bucket: string, VersionId?: string) {
    const { TagSet = [], ...answer } = await clients().s3.send(
      new GetObjectTaggingCommand({ Bucket, Key, VersionId }),
    );
    return {
      tags: Object.fromEntries(TagSet.map((entry) => [entry.Key, entry.Value])),
      version: answer.VersionId,
    };
  }

  it('replaces all tags of an object, and loses them with the object', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'a');
    expect((await read(Bucket)).tags).toEqual({});
    await tag(Bucket, { one: '1', two: '2' });
    const value = '3 2026-11-29T01:00:00.000Z +-=._:/@';
    await tag(Bucket, { two: value });
    expect((await read(Bucket)).tags).toEqual({ two: value });
    await put(Bucket, 'b');
    expect((await read(Bucket)).tags).toEqual({});
    await tag(Bucket, { one: '1' });
    await clients().s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
    expect((await read(Bucket)).tags).toEqual({});
  });

  it('keeps the tags of each version', async () => {
    const Bucket = await newBucket();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await clients().s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const [first, second] = [await put(Bucket, 'a'), await put(Bucket, 'b')];
    await tag(Bucket, { of: 'first' }, first);
    await tag(Bucket, { of: 'second' });
    expect(await read(Bucket)).toEqual({ tags: { of: 'second' }, version: second });
    expect(await read(Bucket, first)).toEqual({ tags: { of: 'first' }, version: first });
  });

  it('takes tags from the header of an upload, and counts them', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'a', 'one=1&two=2');
    expect((await read(Bucket)).tags).toEqual({ one: '1', two: '2' });
    const { TagCount } = await clients().s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(TagCount).toBe(2);
  });

  it('refuses more than ten tags, and tags of AWS', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'a');
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 'v']));
    await expect(tag(Bucket, eleven)).rejects.toMatchObject({
      name: 'BadRequest',
      message: 'Object tags cannot be greater than 10',
    });
    for (const name of ['aws:k', 'k'.repeat(129)]) {
      expect(await refusal(tag(Bucket, { [name]: 'v' }))).toBe('InvalidTag');
    }
    expect(await refusal(tag(Bucket, { k: 'v'.repeat(257) }))).toBe('InvalidTag');
  });

  it('has no tags of what does not exist', async () => {
    const Bucket = await newBucket();
    expect(await refusal(read(Bucket))).toBe('NoSuchKey');
    expect(await refusal(tag(Bucket, {}))).toBe('NoSuchKey');
  });

  it('does not return what is archived', async () => {
    const { s3 } = clients();
    const Bucket = await newBucket();
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a', StorageClass: 'GLACIER' }));
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map((object) => object.StorageClass)).toEqual(['GLACIER']);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass).toBe('GLACIER');
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key })))).toBe('InvalidObjectState');
  });
}
