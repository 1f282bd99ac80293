import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { isAwsError } from '../client/aws-error.js';

/** Bytes of a part; S3 wants at least 5 MiB for all but the last one. */
const PART_BYTES = 16 * 1024 * 1024;

interface NewObject {
  readonly Bucket: string;
  /** No other object has it. */
  readonly Key: string;
}

/**
 * Uploads an object part by part. When it fails, what was uploaded is removed, since S3 would keep and charge for it.
 *
 * @param key of a new object
 * @param chunks the content, in pieces of any size
 * @returns the object's version, in a bucket with versions
 * @throws the errors of the SDK
 */
export async function uploadInParts(
  client: S3Client,
  bucket: string,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<string | undefined> {
  const object: NewObject = { Bucket: bucket, Key: key };
  const { UploadId, $metadata } = await client.send(new CreateMultipartUploadCommand(object));
  try {
    // An attempt whose answer was lost may have begun an upload of its own. We may not be allowed to look.
    if (($metadata.attempts ?? 1) > 1) await abortOthers(client, object, UploadId).catch(() => undefined);
    const parts: CompletedPart[] = [];
    for await (const part of splitIntoParts(chunks)) {
      const PartNumber = parts.length + 1;
      const { ETag } = await client.send(
        new UploadPartCommand({ ...object, UploadId, PartNumber, Body: part }),
      );
      parts.push({ ETag, PartNumber });
    }
    return await complete(client, object, UploadId, parts);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function abortOthers(client: S3Client, object: NewObject, own: string | undefined): Promise<void> {
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: object.Bucket, Prefix: object.Key }),
  );
  for (const { UploadId } of Uploads)
    if (UploadId !== own) await client.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
}

async function complete(
  client: S3Client,
  object: NewObject,
  UploadId: string | undefined,
  Parts: CompletedPart[],
): Promise<string | undefined> {
  try {
    const command = new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } });
    return (await client.send(command)).VersionId;
  } catch (error) {
    // An attempt whose answer was lost may have completed it.
    if (!isAwsError(error, 'NoSuchUpload')) throw error;
    return (await client.send(new HeadObjectCommand(object))).VersionId;
  }
}

/** Puts pieces of any size together into parts of one size. */
async function* splitIntoParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let part = Buffer.allocUnsafe(PART_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const piece = chunk.subarray(taken, taken + PART_BYTES - filled);
      part.set(piece, filled);
      filled += piece.length;
      taken += piece.length;
      if (filled < PART_BYTES) continue;
      yield part;
      part = Buffer.allocUnsafe(PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
