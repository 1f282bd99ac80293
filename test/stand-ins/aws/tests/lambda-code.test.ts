import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import type { LocalAwsOptions } from '../index.js';
import { createZip } from './helpers.js';
import { creation, newRole, type Session, startSession } from './session.js';

const [Bucket, Key] = ['apps', 'k'];

/** A session whose bucket has versioning enabled. */
async function startVersioned(options: LocalAwsOptions = {}): Promise<Session> {
  const session = await startSession(options);
  const { s3 } = session;
  await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return session;
}

it('creates a function from a specific version of an object', async () => {
  const session = await startVersioned();
  await newRole(session);
  const store = async (content: string) => {
    const Body = await createZip({ 'index.js': content });
    const { VersionId } = await session.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    return { size: Body.length, VersionId };
  };
  const old = await store('exports.handler = async () => "the old one, which is longer";');
  await store('exports.handler = async () => 1;');
  const create = (S3ObjectVersion: string | undefined) =>
    creation(session, { Code: { S3Bucket: Bucket, S3Key: Key, S3ObjectVersion } });
  await expect(session.lambda.send(await create('x'.repeat(32)))).rejects.toThrow(
    'S3 Error Code: NoSuchVersion',
  );
  expect((await session.lambda.send(await create(old.VersionId))).CodeSize).toBe(old.size);
});

it('reads code from S3 as it is after the check, deleted or changed meanwhile', async () => {
  let meanwhile: () => Promise<unknown> = async () => undefined;
  const seen: unknown[] = [];
  const session = await startVersioned({
    lambda: {
      whileCodeIsRead: async (code) => {
        seen.push(code);
        await meanwhile();
      },
    },
  });
  await newRole(session);
  const { s3, lambda } = session;
  const store = async (content: string) => {
    const Body = await createZip({ 'index.js': content });
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    return Body.length;
  };
  await store('exports.handler = async () => 1;');
  const create = await creation(session, { Code: { S3Bucket: Bucket, S3Key: Key } });
  meanwhile = () => s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await expect(lambda.send(create)).rejects.toThrow('S3 Error Code: NoSuchKey');
  await store('exports.handler = async () => 1;');
  let size = 0;
  meanwhile = async () => {
    size = await store('exports.handler = async () => "something else";');
  };
  expect((await lambda.send(create)).CodeSize).toBe(size);
  expect(seen[0]).toEqual({ bucket: Bucket, key: Key, version: undefined });
});
