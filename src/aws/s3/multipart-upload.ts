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
import { MIB } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';

/** S3 requires at least 5 MiB for all parts except the last one. */
const PART_BYTES = 16 * MIB;

interface NewObject {
  readonly Bucket: string;
  /** Unique to this upload. */
  readonly Key: string;
}

/**
 * Uploads an object in parts. A failed upload is aborted, because S3 would store and charge for its parts.
 *
 * @param key of a new object
 * @param chunks the content, in chunks of any size
 * @returns the id of the object's version, in a versioned bucket
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
    // An attempt whose response was lost may have started another upload. Listing them may not be permitted.
    if (($metadata.attempts ?? 1) > 1)
      await abortOtherUploads(client, object, UploadId).catch(() => undefined);
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

async function abortOtherUploads(
  client: S3Client,
  object: NewObject,
  uploadId: string | undefined,
): Promise<void> {
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: object.Bucket, Prefix: object.Key }),
  );
  for (const { UploadId } of Uploads)
    if (UploadId !== uploadId) await client.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
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
    // An attempt whose response was lost may have completed the upload.
    if (!isAwsError(error, 'NoSuchUpload')) throw error;
    return (await client.send(new HeadObjectCommand(object))).VersionId;
  }
}

/** Joins and splits chunks of any size into parts of {@link PART_BYTES}; the last one may be smaller. */
async function* splitIntoParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let part = Buffer.allocUnsafe(PART_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length; ) {
      const slice = chunk.subarray(offset, offset + PART_BYTES - filled);
      part.set(slice, filled);
      filled += slice.length;
      offset += slice.length;
      if (filled < PART_BYTES) continue;
      yield part;
      part = Buffer.allocUnsafe(PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
