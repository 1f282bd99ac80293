import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
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
      ...(connection.endpoints.s3 !== undefined && {
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      }),
    });
  }

  exists(): Promise<boolean> {
    return this.request(`look up bucket ${this.name}`, async () => {
      try {
        await this.client.send(new HeadBucketCommand({ Bucket: this.name }));
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 404) return false;
        if (status === 301 || status === 400) throw this.otherRegion(error as AwsError);
        throw error;
      }
    });
  }

  async create(partition: string): Promise<void> {
    const { region } = this.connection;
    const bucket = { Bucket: this.name };
    await this.request(`create bucket ${this.name}`, () =>
      this.client.send(
        new CreateBucketCommand({
          ...bucket,
          ...(region !== REGION_WITHOUT_CONSTRAINT && {
            CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
          }),
        }),
      ),
    );
    await this.request(`block public access to bucket ${this.name}`, () =>
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
    );
    const Policy = JSON.stringify(tlsOnlyBucketPolicy(this.name, partition));
    await this.request(`restrict bucket ${this.name} to TLS`, async () => {
      await this.client.send(new PutBucketPolicyCommand({ ...bucket, Policy }));
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
    await this.request(`upload ${this.locate(key)}`, () =>
      this.client.send(
        new PutObjectCommand({
          Bucket: this.name,
          Key: key,
          Body: body,
          ...(contentType !== undefined && { ContentType: contentType }),
        }),
      ),
    );
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.request(`read ${this.locate(key)}`, async () => {
      try {
        const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    });
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

  private async request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    return request(this.connection, doing, async () => {
      try {
        return await send();
      } catch (error) {
        if (!isAwsError(error, 'NoSuchBucket')) throw error;
        throw new AppsctlError('NOT_FOUND', `cannot ${doing}: bucket ${this.name} does not exist`, {
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
