import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type { Bucket, StoredObject } from '../core/ports.js';
import { BucketSetup } from './bucket-setup.js';
import { DirectPut } from './direct-put.js';
import { statusOf } from './errors.js';
import { uploadInParts } from './multipart-upload.js';

/** A bucket on S3. */
export class S3Bucket extends BucketSetup implements Bucket {
  private readonly direct = new DirectPut(this.client, this.connection);

  async put(key: string, body: Uint8Array, contentType?: string): Promise<void> {
    const ContentType = contentType ?? 'application/octet-stream';
    await this.request(`upload ${this.locate(key)}`, () =>
      this.direct.put({ ...this.at(key), Body: body, ContentType }),
    );
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.getWithEtag(key))?.body;
  }

  getWithEtag(key: string): Promise<{ body: Uint8Array; etag: string } | undefined> {
    return this.request(`read ${this.locate(key)}`, async () => {
      try {
        const { Body, ETag } = await this.client.send(new GetObjectCommand(this.at(key)));
        return { body: (await Body?.transformToByteArray()) ?? new Uint8Array(), etag: ETag ?? '' };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    });
  }

  putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined> {
    return this.conditionally(`create ${this.locate(key)}`, async () => {
      const { ETag } = await this.client.send(
        new PutObjectCommand({ ...this.at(key), Body: body, IfNoneMatch: '*' }),
      );
      return ETag;
    });
  }

  replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined> {
    return this.conditionally(`replace ${this.locate(key)}`, async () => {
      const { ETag } = await this.client.send(
        new PutObjectCommand({ ...this.at(key), Body: body, IfMatch: etag }),
      );
      return ETag;
    });
  }

  async removeIf(key: string, etag: string): Promise<void> {
    await this.conditionally(`remove ${this.locate(key)}`, async () => {
      await this.client.send(new DeleteObjectCommand({ ...this.at(key), IfMatch: etag }));
      return undefined;
    });
  }

  /** Removes an object; there need not be one. */
  async remove(key: string): Promise<void> {
    await this.request(`remove ${this.locate(key)}`, () =>
      this.client.send(new DeleteObjectCommand(this.at(key))),
    );
  }

  /**
   * Uploads an object in parts, so that only a part of it is in memory and only a part has to be sent again.
   *
   * @param chunks the content, in pieces of any size
   */
  async upload(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.request(`upload ${this.locate(key)}`, () =>
      uploadInParts(this.client, this.name, key, chunks),
    );
  }

  list(prefix: string): Promise<StoredObject[]> {
    return this.request(`list ${this.locate(prefix)}`, async () => {
      const objects: StoredObject[] = [];
      const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.name, Prefix: prefix });
      for await (const page of pages) {
        for (const { Key, ETag } of page.Contents ?? []) {
          if (Key !== undefined) objects.push({ key: Key, etag: (ETag ?? '').replaceAll('"', '') });
        }
      }
      return objects;
    });
  }

  /** Sends a request with a condition; answers undefined when the condition does not hold. */
  private conditionally<T>(doing: string, send: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.request(doing, async () => {
      try {
        return await send();
      } catch (error) {
        const status = statusOf(error);
        if (status === 412 || status === 409 || status === 404) return undefined;
        throw error;
      }
    });
  }
}
