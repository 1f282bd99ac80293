import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { AdaptiveLimiter } from '../../core/async/adaptive-limiter.js';
import { retry } from '../../core/async/poll.js';
import { isMd5, type ObjectDigest, type StoredObject } from '../../core/deploy/stored-object.js';
import type {
  ConditionalStore,
  ObjectRemover,
  ObjectScanner,
  ObjectStore,
  ObjectVersion,
  StoredWithEtag,
  UnfinishedUpload,
  UploadStore,
} from '../../core/ports/s3.js';
import { MINUTE } from '../../core/units.js';
import { httpStatus, isAwsError, isThrottled } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { FastPut } from './fast-put.js';
import { uploadInParts } from './multipart-upload.js';
import { measureAge } from './object-age.js';
import { listObjectVersions, removeObjectVersions } from './object-removal.js';
import { S3Bucket } from './s3-bucket.js';

/** More are not faster: see `npm run bench`, the row with 5,000 assets. */
const MAX_CONCURRENT_PUTS = 128;
/** How long S3 may throttle the upload of an object. */
const THROTTLING_LIMIT_MS = MINUTE;

/** The objects of an S3 bucket. */
export class S3Objects implements ObjectStore, ObjectScanner, ObjectRemover, ConditionalStore, UploadStore {
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
    const object = { ...this.bucket.objectParams(key), Body: body, ContentType: contentType };
    const wait = { limitMs: THROTTLING_LIMIT_MS, reason: 'for S3 to stop throttling uploads', jitter: true };
    await this.bucket.request(`upload ${this.bucket.s3Uri(key)}`, () =>
      // When many requests are throttled, the SDK's retry quota runs out; fewer concurrent ones may succeed.
      retry(this.bucket.connection, wait, isThrottled, () =>
        this.puts.run((onThrottled) => this.fastPut.put(object, onThrottled)),
      ),
    );
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.getWithEtag(key))?.body;
  }

  getWithEtag(key: string): Promise<StoredWithEtag | undefined> {
    return this.bucket.request(`read ${this.bucket.s3Uri(key)}`, async () => {
      try {
        const command = new GetObjectCommand(this.bucket.objectParams(key));
        const ageOf = measureAge(command);
        const { Body, ETag = '', LastModified } = await this.bucket.client.send(command);
        const body = (await Body?.transformToByteArray()) ?? new Uint8Array();
        return { body, etag: ETag, ageMs: ageOf(LastModified) };
      } catch (error) {
        if (isAwsError(error, 'NoSuchKey')) return undefined;
        throw error;
      }
    });
  }

  digest(key: string): Promise<ObjectDigest | undefined> {
    return this.bucket.request(`read the checksum of ${this.bucket.s3Uri(key)}`, async () => {
      try {
        const command = new HeadObjectCommand({ ...this.bucket.objectParams(key), ChecksumMode: 'ENABLED' });
        const { ChecksumSHA256, ChecksumType, ETag, ...head } = await this.bucket.client.send(command);
        const isPlain = (head.ServerSideEncryption ?? 'AES256') === 'AES256' && !head.SSECustomerAlgorithm;
        return {
          sha256Base64: ChecksumType === 'COMPOSITE' ? undefined : ChecksumSHA256,
          isEtagMd5: isPlain && isMd5(ETag?.replaceAll('"', '')),
        };
      } catch (error) {
        const status = httpStatus(error);
        if (status === 403 || status === 404) return undefined;
        throw error;
      }
    });
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const objects: StoredObject[] = [];
    await this.scan(prefix, (object) => objects.push(object));
    return objects;
  }

  scan(prefix: string, visit: (object: StoredObject) => void): Promise<void> {
    return this.bucket.request(`list ${this.bucket.s3Uri(prefix)}`, async () => {
      const input = { Bucket: this.name, Prefix: prefix };
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.bucket.client }, input)) {
        for (const { Key: key, ETag = '', Size: size = 0, LastModified } of Contents) {
          if (key === undefined) continue;
          visit({ key, etag: ETag.replaceAll('"', ''), size, lastModified: LastModified?.getTime() ?? 0 });
        }
      }
    });
  }

  putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined> {
    return this.conditionally(`create ${this.bucket.s3Uri(key)}`, async () => {
      const { ETag } = await this.bucket.client.send(
        new PutObjectCommand({ ...this.bucket.objectParams(key), Body: body, IfNoneMatch: '*' }),
      );
      return ETag;
    });
  }

  replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined> {
    return this.conditionally(`replace ${this.bucket.s3Uri(key)}`, async () => {
      const { ETag } = await this.bucket.client.send(
        new PutObjectCommand({ ...this.bucket.objectParams(key), Body: body, IfMatch: etag }),
      );
      return ETag;
    });
  }

  async removeIf(key: string, etag: string): Promise<void> {
    await this.conditionally(`remove ${this.bucket.s3Uri(key)}`, async () => {
      await this.bucket.client.send(
        new DeleteObjectCommand({ ...this.bucket.objectParams(key), IfMatch: etag }),
      );
      return undefined;
    });
  }

  /**
   * Uploads an object in parts, so that only one part is in memory, and only one part is sent again when it fails.
   *
   * @param chunks the content, in chunks of any size
   * @returns the id of the object's version, in a versioned bucket
   */
  upload(key: string, chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
    return this.bucket.request(`upload ${this.bucket.s3Uri(key)}`, () =>
      uploadInParts(this.bucket.client, this.name, key, chunks),
    );
  }

  async remove(key: string, version?: string): Promise<void> {
    const { client } = this.bucket;
    await this.bucket.request(`remove ${this.bucket.s3Uri(key)}`, async () => {
      try {
        const VersionId = version === undefined ? {} : { VersionId: version };
        await client.send(new DeleteObjectCommand({ ...this.bucket.objectParams(key), ...VersionId }));
      } catch (error) {
        if (version === undefined || httpStatus(error) !== 403) throw error;
        await client.send(new DeleteObjectCommand(this.bucket.objectParams(key)));
      }
    });
  }

  listVersions(prefix: string): Promise<ObjectVersion[]> {
    return this.bucket.request(`list the versions of ${this.bucket.s3Uri(prefix)}`, () =>
      listObjectVersions(this.bucket, prefix),
    );
  }

  async removeVersions(versions: readonly ObjectVersion[]): Promise<string[]> {
    const [first] = versions;
    if (first === undefined) return [];
    const others = versions.length === 1 ? '' : ` and ${versions.length - 1} more`;
    return this.bucket.request(`remove ${this.bucket.s3Uri(first.key)}${others}`, () =>
      removeObjectVersions(this.bucket, versions),
    );
  }

  listUnfinished(prefix: string): Promise<UnfinishedUpload[]> {
    return this.bucket.request(`list the unfinished uploads to ${this.bucket.s3Uri(prefix)}`, async () => {
      const uploads: UnfinishedUpload[] = [];
      // The SDK has no paginator for this operation.
      let page: Partial<ListMultipartUploadsCommandOutput> = {};
      do {
        page = await this.bucket.client.send(
          new ListMultipartUploadsCommand({
            Bucket: this.name,
            Prefix: prefix,
            KeyMarker: page.NextKeyMarker,
            UploadIdMarker: page.NextUploadIdMarker,
          }),
        );
        for (const { Key = '', UploadId = '' } of page.Uploads ?? [])
          uploads.push({ key: Key, uploadId: UploadId });
      } while (page.IsTruncated === true);
      return uploads;
    });
  }

  async abort({ key, uploadId: UploadId }: UnfinishedUpload): Promise<void> {
    await this.bucket.request(`remove the unfinished upload to ${this.bucket.s3Uri(key)}`, async () => {
      try {
        await this.bucket.client.send(
          new AbortMultipartUploadCommand({ ...this.bucket.objectParams(key), UploadId }),
        );
      } catch (error) {
        if (!isAwsError(error, 'NoSuchUpload')) throw error;
      }
    });
  }

  /** Sends a conditional request. Returns undefined when the condition is not met. */
  private conditionally<T>(action: string, send: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.bucket.request(action, async () => {
      try {
        return await send();
      } catch (error) {
        const status = httpStatus(error);
        if (status === 412 || status === 409) return undefined;
        // If-Match on an object that does not exist, as opposed to NoSuchBucket.
        if (isAwsError(error, 'NoSuchKey')) return undefined;
        throw error;
      }
    });
  }
}
