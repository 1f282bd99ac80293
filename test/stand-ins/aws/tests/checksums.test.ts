import { createHash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { refusal } from './helpers.js';
import { type Session, startSession } from './session.js';

const [Bucket, Key] = ['apps', 'k'];
const DIGITS = '123456789';
/** Of these digits, as catalogues of checksums list them. */
const KNOWN = { CRC32: 'y/Q5Jg==', CRC64NVME: 'rosUhgp5mIg=' };
const PART = 5 * 1024 * 1024;

async function sessionWithBucket(): Promise<Session> {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  return session;
}

/** Sends only the checksums that a command contains. */
function quietClient({ aws }: Session): S3Client {
  const client = new S3Client({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: aws.admin,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  onTestFinished(() => client.destroy());
  return client;
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64');
}

it('stores the checksum sent with an object and returns it in checksum mode', async () => {
  const { s3 } = await sessionWithBucket();
  const ChecksumSHA256 = sha256(DIGITS);
  const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body: DIGITS, ChecksumSHA256 }));
  expect(put).toMatchObject({ ChecksumSHA256, ChecksumType: 'FULL_OBJECT' });
  for (const command of [HeadObjectCommand, GetObjectCommand]) {
    const asked = await s3.send(new command({ Bucket, Key, ChecksumMode: 'ENABLED' }) as HeadObjectCommand);
    expect(asked).toMatchObject({ ChecksumSHA256, ChecksumType: 'FULL_OBJECT' });
    expect(asked.ChecksumCRC32).toBeUndefined();
  }
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ChecksumSHA256).toBeUndefined();
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents?.[0]).toMatchObject({ ChecksumAlgorithm: ['SHA256'], ChecksumType: 'FULL_OBJECT' });
});

it('computes a CRC64NVME if no checksum is sent, and stores the CRC32 that the SDK sends by default', async () => {
  const session = await sessionWithBucket();
  const put = await quietClient(session).send(new PutObjectCommand({ Bucket, Key, Body: DIGITS }));
  expect(put.ChecksumCRC64NVME).toBe(KNOWN.CRC64NVME);
  const head = new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' });
  expect(await session.s3.send(head)).toMatchObject({
    ChecksumCRC64NVME: KNOWN.CRC64NVME,
    ChecksumType: 'FULL_OBJECT',
  });
  await session.s3.send(new PutObjectCommand({ Bucket, Key, Body: DIGITS }));
  expect(await session.s3.send(head)).toMatchObject({ ChecksumCRC32: KNOWN.CRC32 });
});

it('computes the CRC64NVME of content of any length', async () => {
  const session = await sessionWithBucket();
  const client = quietClient(session);
  // The code reads eight bytes at a time and the last ones singly: both must agree.
  const content = Buffer.from(Array.from({ length: 40 }, (_, n) => (n * 37) & 255));
  for (let length = 0; length <= content.length; length++) {
    const Body = content.subarray(0, length);
    const { ChecksumCRC64NVME } = await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    expect(ChecksumCRC64NVME).toBe(slowCrc64(Body));
  }
});

it.each<[string, object, string]>([
  ['a wrong SHA256', { ChecksumSHA256: sha256('other') }, 'BadDigest'],
  ['a wrong CRC64NVME', { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }, 'BadDigest'],
  ['one that is too short', { ChecksumSHA256: 'AAAA' }, 'InvalidRequest'],
  ['two', { ChecksumSHA256: sha256(DIGITS), ChecksumCRC32: KNOWN.CRC32 }, 'InvalidRequest'],
  ['one that is not supported', { ChecksumCRC32C: 'AAAAAA==' }, 'NotImplemented'],
])('refuses an object with %s as its checksum', async (_, checksums, name) => {
  const { s3 } = await sessionWithBucket();
  const put = s3.send(new PutObjectCommand({ Bucket, Key, Body: DIGITS, ...checksums }));
  expect(await refusal(put)).toBe(name);
});

/** Uploads two parts, with their checksums by this algorithm. */
async function uploadParts(client: S3Client, algorithm?: ChecksumAlgorithm, ChecksumType?: ChecksumType) {
  const ChecksumAlgorithm = algorithm;
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm, ChecksumType }),
  );
  const pieces = [Buffer.alloc(PART, 'a'), Buffer.from(DIGITS)];
  const Parts: CompletedPart[] = [];
  for (const [index, Body] of pieces.entries()) {
    const PartNumber = index + 1;
    const part = { Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm };
    const { ETag, ChecksumSHA256, ChecksumCRC32 } = await client.send(new UploadPartCommand(part));
    Parts.push({ PartNumber, ETag, ChecksumSHA256, ChecksumCRC32 });
  }
  const complete = (changes: object = {}, parts = Parts) =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: parts },
        ...changes,
      }),
    );
  return { Parts, content: Buffer.concat(pieces), pieces, complete };
}

it('computes a composite checksum from those of the parts', async () => {
  const session = await sessionWithBucket();
  const { Parts, pieces, complete } = await uploadParts(quietClient(session), 'SHA256');
  const bare = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
  await expect(complete({}, bare)).rejects.toThrow('must include the checksum for each part');
  const joined = Buffer.concat(pieces.map((piece) => Buffer.from(sha256(piece), 'base64')));
  const expected = { ChecksumSHA256: `${sha256(joined)}-2`, ChecksumType: 'COMPOSITE' };
  expect(await complete()).toMatchObject(expected);
  const head = new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' });
  expect(await session.s3.send(head)).toMatchObject(expected);
});

it('computes the checksum of the full object of a multipart upload, and verifies it', async () => {
  const session = await sessionWithBucket();
  const { complete } = await uploadParts(quietClient(session), 'CRC32', 'FULL_OBJECT');
  expect(await refusal(complete({ ChecksumType: 'COMPOSITE' }))).toBe('InvalidRequest');
  expect(await refusal(complete({ ChecksumCRC32: KNOWN.CRC32 }))).toBe('BadDigest');
  expect(await refusal(complete({ MpuObjectSize: 1 }))).toBe('InvalidRequest');
  expect((await complete({ MpuObjectSize: PART + 9 })).ChecksumType).toBe('FULL_OBJECT');
});

it('computes a CRC64NVME for a multipart upload without a checksum', async () => {
  const session = await sessionWithBucket();
  const { content, complete } = await uploadParts(quietClient(session));
  await complete();
  const head = new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' });
  expect(await session.s3.send(head)).toMatchObject({
    ChecksumCRC64NVME: slowCrc64(content),
    ChecksumType: 'FULL_OBJECT',
  });
});

it.each<[ChecksumAlgorithm, ChecksumType]>([
  ['SHA256', 'FULL_OBJECT'],
  ['CRC64NVME', 'COMPOSITE'],
])('does not offer %s as %s', async (ChecksumAlgorithm, ChecksumType) => {
  const { s3 } = await sessionWithBucket();
  const create = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm, ChecksumType });
  expect(await refusal(s3.send(create))).toBe('InvalidRequest');
});

it('accepts parts only with the checksum algorithm of the upload', async () => {
  const { s3 } = await sessionWithBucket();
  const create = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' });
  const { UploadId } = await s3.send(create);
  const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: DIGITS });
  await expect(s3.send(part)).rejects.toThrow('expected checksum Type: sha256, actual checksum Type: crc32');
});

/** CRC-64/NVME computed the plain way, one byte at a time. */
function slowCrc64(bytes: Buffer): string {
  const all = 0xffffffffffffffffn;
  let crc = all;
  const table = Array.from({ length: 256 }, (_, byte) => {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
    return value;
  });
  for (const byte of bytes) crc = (crc >> 8n) ^ (table[Number((crc ^ BigInt(byte)) & 255n)] ?? 0n);
  const result = Buffer.alloc(8);
  result.writeBigUInt64BE(crc ^ all);
  return result.toString('base64');
}
