import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { AdaptiveLimiter } from '../../core/async/adaptive-limiter.js';
import { poll } from '../../core/async/poll.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import { isMd5, type ObjectDigest } from '../../core/deploy/stored-object.js';
import type { ConditionalStore, ObjectStore, UnfinishedUpload, UploadStore } from '../../core/ports/s3.js';
import { httpStatus, isAwsError, isThrottled } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { FastPut } from './fast-put.js';
import { uploadInParts } from './multipart-upload.js';
import { S3Bucket } from './s3-bucket.js';

/** More at once are not faster: `npm run bench`, the row with 5,000 assets. */
const MAX_CONCURRENT_PUTS = 128;
/** How long S3 may ask to be sent less. */
const SLOW_DOWN_LIMIT_MS = 60_000;

/** The objects of a bucket on S3. */
export class S3Objects implements ObjectStore, ConditionalStore, UploadStore {
  private readonly bucket: S3Bucket;
  private readonly fastPut: FastPut;
  private readonly puts = new AdaptiveLimiter(MAX_CONCURRENT_PUTS);

  /** @param owner the id of the account that the bucket must belong to */
  constructor(
    connection: AwsConnection,
    readonly name: string,
    owner: string,
  ) {
    this.bucket = new S3Bucket(connection, name, owner);
    this.fastPut = new FastPut(this.bucket.client, connection, owner);
  }

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    const object = { ...this.bucket.object(key), Body: body, ContentType: contentType };
    const wait = { limitMs: SLOW_DOWN_LIMIT_MS, reason: 'for S3 to accept more objects', jitter: true };
    await this.bucket.request(`upload ${this.bucket.uri(key)}`, () =>
      poll(this.bucket.connection, wait, async (isLast) => {
        try {
          await this.puts.run((onSlowDown) => this.fastPut.put(object, onSlowDown));
          return 'stored';
        } catch (error) {
          // When many are slowed down, the SDK soon sends none of them again; fewer at once may be accepted.
          if (isLast || !isThrottled(error)) throw error;
          return undefined;
        }
      }),
    );
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.getWithEtag(key))?.body;
  }

  getWithEtag(key: string): Promise<{ body: Uint8Array; etag: string } | undefined> {
    return this.bucket.request(`read ${this.bucket.uri(key)}`, async () => {
      try {
        const { Body, ETag } = await this.bucket.client.send(new GetObjectCommand(this.bucket.object(key)));
        return { body: (await Body?.transformToByteArray()) ?? new Uint8Array(), etag: ETag ?? '' };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    });
  }

  digest(key: string): Promise<ObjectDigest | undefined> {
    return this.bucket.request(`read the checksum of ${this.bucket.uri(key)}`, async () => {
      try {
        const command = new HeadObjectCommand({ ...this.bucket.object(key), ChecksumMode: 'ENABLED' });
        const { ChecksumSHA256, ChecksumType, ETag, ...head } = await this.bucket.client.send(command);
        const isPlain = (head.ServerSideEncryption ?? 'AES256') === 'AES256' && !head.SSECustomerAlgorithm;
        return {
          sha256: ChecksumType === 'COMPOSITE' ? undefined : ChecksumSHA256,
          isEtagMd5: isPlain && isMd5(ETag?.replaceAll('"', '')),
        };
      } catch (error) {
        const status = httpStatus(error);
        if (status === 403 || status === 404) return undefined;
        throw error;
      }
    });
  }

  list(prefix: string): Promise<StoredObject[]> {
    return this.bucket.request(`list ${this.bucket.uri(prefix)}`, async () => {
      const objects: StoredObject[] = [];
      const pages = paginateListObjectsV2(
        { client: this.bucket.client },
        { Bucket: this.name, Prefix: prefix },
      );
      for await (const page of pages) {
        for (const { Key, ETag = '', Size = 0 } of page.Contents ?? []) {
          if (Key !== undefined) objects.push({ key: Key, etag: ETag.replaceAll('"', ''), size: Size });
        }
      }
      return objects;
    });
  }

  putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined> {
    return this.conditionally(`create ${this.bucket.uri(key)}`, async () => {
      const { ETag } = await this.bucket.client.send(
        new PutObjectCommand({ ...this.bucket.object(key), Body: body, IfNoneMatch: '*' }),
      );
      return ETag;
    });
  }

  replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined> {
    return this.conditionally(`replace ${this.bucket.uri(key)}`, async () => {
      const { ETag } = await this.bucket.client.send(
        new PutObjectCommand({ ...this.bucket.object(key), Body: body, IfMatch: etag }),
      );
      return ETag;
    });
  }

  async removeIf(key: string, etag: string): Promise<void> {
    await this.conditionally(`remove ${this.bucket.uri(key)}`, async () => {
      await this.bucket.client.send(new DeleteObjectCommand({ ...this.bucket.object(key), IfMatch: etag }));
      return undefined;
    });
  }

  /**
   * Uploads an object in parts, so that only a part of it is in memory and only a part has to be sent again.
   *
   * @param chunks the content, in pieces of any size
   * @returns the object's version, in a bucket with versions
   */
  upload(key: string, chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
    return this.bucket.request(`upload ${this.bucket.uri(key)}`, () =>
      uploadInParts(this.bucket.client, this.name, key, chunks),
    );
  }

  async remove(key: string, version?: string): Promise<void> {
    const { client } = this.bucket;
    await this.bucket.request(`remove ${this.bucket.uri(key)}`, async () => {
      try {
        const VersionId = version === undefined ? {} : { VersionId: version };
        await client.send(new DeleteObjectCommand({ ...this.bucket.object(key), ...VersionId }));
      } catch (error) {
        if (version === undefined || httpStatus(error) !== 403) throw error;
        await client.send(new DeleteObjectCommand(this.bucket.object(key)));
      }
    });
  }

  listUnfinished(prefix: string): Promise<UnfinishedUpload[]> {
    return this.bucket.request(`list the unfinished uploads to ${this.bucket.uri(prefix)}`, async () => {
      const { Uploads = [] } = await this.bucket.client.send(
        new ListMultipartUploadsCommand({ Bucket: this.name, Prefix: prefix }),
      );
      return Uploads.map(({ Key = '', UploadId = '' }) => ({ key: Key, uploadId: UploadId }));
    });
  }

  async abort({ key, uploadId: UploadId }: UnfinishedUpload): Promise<void> {
    await this.bucket.request(`remove the unfinished upload to ${this.bucket.uri(key)}`, async () => {
      try {
        await this.bucket.client.send(
          new AbortMultipartUploadCommand({ ...this.bucket.object(key), UploadId }),
        );
      } catch (error) {
        if (!isAwsError(error, 'NoSuchUpload')) throw error;
      }
    });
  }

  /** Sends a request with a condition; returns undefined when the condition does not hold. */
  private conditionally<T>(action: string, send: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.bucket.request(action, async () => {
      try {
        return await send();
      } catch (error) {
        const status = httpStatus(error);
        if (status === 412 || status === 409) return undefined;
        // If-Match on an object that is gone; a bucket that is gone is another matter.
        if (error instanceof NoSuchKey || (status === 404 && (error as Error).name === 'NoSuchKey'))
          return undefined;
        throw error;
      }
    });
  }
}
