import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { AppsctlError } from '../core/errors.js';
import { tlsOnlyBucketPolicy } from '../core/policy.js';
import type { Bucket, StoredObject } from '../core/ports.js';
import { type AwsConnection, clientConfig } from './connection.js';
import { type AwsError, isAwsError, request, statusOf } from './errors.js';
import { uploadInParts } from './multipart-upload.js';
import { tellRequests } from './request-events.js';
import { whenSettled } from './waiting.js';

/** The one region that CreateBucket must not be told. */
const REGION_WITHOUT_CONSTRAINT = 'us-east-1';

/** A bucket on S3. */
export class S3Bucket implements Bucket {
  private readonly client: S3Client;

  /** @param name the bucket's name */
  constructor(
    private readonly connection: AwsConnection,
    readonly name: string,
  ) {
    this.client = new S3Client({
      ...clientConfig(connection, 's3'),
      // Hundreds of requests, each the same but for its input. The input of the first one stays in memory.
      cacheMiddleware: true,
      ...(connection.endpoints.s3 !== undefined && {
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      }),
    });
    // Nobody listens to it, and it copies what every request sends and gets.
    this.client.middlewareStack.remove('loggerMiddleware');
    tellRequests(this.client, 's3', connection);
  }

  exists(): Promise<boolean> {
    return this.request(`look up bucket ${this.name}`, async () => {
      try {
        await this.client.send(new HeadBucketCommand({ Bucket: this.name }));
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 404) return false;
        // A wrong region is 400 too, and so is an expired token; without a body, only this header tells them apart.
        const region = (error as AwsError).$response?.headers?.['x-amz-bucket-region'];
        const isElsewhere = region !== undefined && region !== this.connection.region;
        if (status === 301 || (status === 400 && isElsewhere)) throw this.otherRegion(error as AwsError);
        if (status === 400) {
          throw new AppsctlError(
            'SERVICE',
            `cannot look up bucket ${this.name}: AWS answers 400 Bad Request`,
            {
              hint: `check ${this.connection.credentialsSource}: a token may have expired`,
              cause: error,
            },
          );
        }
        throw error;
      }
    });
  }

  async create(partition: string): Promise<void> {
    const { region } = this.connection;
    const bucket = { Bucket: this.name };
    await this.request(`create bucket ${this.name}`, async () => {
      try {
        await this.client.send(
          new CreateBucketCommand({
            ...bucket,
            ...(region !== REGION_WITHOUT_CONSTRAINT && {
              CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
            }),
          }),
        );
      } catch (error) {
        // The answer to our own request was lost, or somebody else of the account was faster.
        if (!isAwsError(error, 'BucketAlreadyOwnedByYou')) throw error;
      }
    });
    await this.protect(partition);
  }

  isUnfinished(): Promise<boolean> {
    return this.request(`look up the policy of bucket ${this.name}`, async () => {
      try {
        await this.client.send(new GetBucketPolicyCommand({ Bucket: this.name }));
        return false;
      } catch (error) {
        if (!isAwsError(error, 'NoSuchBucketPolicy')) throw error;
        const { KeyCount } = await this.client.send(
          new ListObjectsV2Command({ Bucket: this.name, MaxKeys: 1 }),
        );
        return KeyCount === 0;
      }
    });
  }

  async protect(partition: string): Promise<void> {
    const bucket = { Bucket: this.name };
    await this.request(`block public access to bucket ${this.name}`, () =>
      whenSettled(this.connection, `bucket ${this.name}`, () =>
        this.client.send(
          new PutPublicAccessBlockCommand({
            ...bucket,
            PublicAccessBlockConfiguration: {
              BlockPublicAcls: true,
              BlockPublicPolicy: true,
              IgnorePublicAcls: true,
              RestrictPublicBuckets: true,
            },
          }),
        ),
      ),
    );
    const Policy = JSON.stringify(tlsOnlyBucketPolicy(this.name, partition));
    await this.request(`restrict bucket ${this.name} to TLS`, async () => {
      await whenSettled(this.connection, `bucket ${this.name}`, () =>
        this.client.send(new PutBucketPolicyCommand({ ...bucket, Policy })),
      );
      if (this.connection.endpoints.s3?.startsWith('http:') && (await this.isShutOut())) {
        await this.client.send(new DeleteBucketPolicyCommand(bucket));
        const reason = `bucket ${this.name} does not require TLS, because the endpoint has none`;
        this.connection.onEvent({ type: 'warning', message: reason });
      }
    });
  }

  /** Whether the bucket refuses us since it requires TLS: so do stand-ins for AWS that are reached without it. */
  private async isShutOut(): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand({ Bucket: this.name, Key: 'manifests/' }));
      return false;
    } catch (error) {
      return statusOf(error) === 403;
    }
  }

  async put(key: string, body: Uint8Array, contentType?: string): Promise<void> {
    const ContentType = contentType ?? 'application/octet-stream';
    await this.request(`upload ${this.locate(key)}`, () =>
      this.client.send(new PutObjectCommand({ ...this.at(key), Body: body, ContentType })),
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

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: key };
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

  private async request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    return request(this.connection, doing, async () => {
      try {
        return await send();
      } catch (error) {
        if (isAwsError(error, 'PermanentRedirect', 'AuthorizationHeaderMalformed'))
          throw this.otherRegion(error);
        if (!isAwsError(error, 'NoSuchBucket')) throw error;
        throw new AppsctlError('NOT_FOUND', `bucket ${this.name} does not exist: cannot ${doing}`, {
          hint: 'check MM_APPS_S3_BUCKET, or create the bucket with: appsctl aws init --create',
          cause: error,
        });
      }
    });
  }

  private locate(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  private otherRegion(error: AwsError): AppsctlError {
    const message = `bucket ${this.name} is not in region ${this.connection.region}`;
    return new AppsctlError('CONFLICT', message, {
      hint: 'set MM_APPS_AWS_REGION to the region of the bucket: functions run there too',
      cause: error,
    });
  }
}
