import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ListedBundle, ObjectTags, TaggedVersion, Upload } from '../../core/deployer/upload.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { BundleBucket } from '../../core/ports/bundle-bucket.js';
import type { DownloadSource } from '../../core/ports/download.js';
import { httpStatus, isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { retryWhileBeingChanged } from '../client/consistency.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { AnyRegionClient, isDenied, missingBucket, reasonOfRefusal } from './s3-client.js';
import { openObject } from './s3-source.js';

/** The version id of what was stored without versioning. */
const NULL_VERSION = 'null';

/** A bucket of bundles in S3, in any region. */
export class S3BundleBucket implements BundleBucket {
  private readonly client: AnyRegionClient;

  /** @param owner the id of the account that the bucket must belong to; undefined for any account */
  constructor(
    private readonly connection: AwsConnection,
    readonly name: string,
    private readonly owner: string | undefined,
  ) {
    this.client = new AnyRegionClient(connection, owner);
  }

  /** Lists, because the response of HeadBucket does not say what is wrong, and a policy may allow to list only a prefix. */
  async check(prefix: string): Promise<void> {
    const command = new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix, MaxKeys: 1 });
    await this.request(`list ${this.s3Uri(prefix)}`, 's3:ListBucket', (client) => client.send(command));
  }

  scan(prefix: string, visit: (object: ListedBundle) => void): Promise<void> {
    return this.request(`list ${this.s3Uri(prefix)}`, 's3:ListBucket', async (client) => {
      const input = { Bucket: this.name, Prefix: prefix };
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, input)) {
        for (const { Key: key, ETag, Size: size = 0, LastModified, StorageClass } of Contents) {
          if (key === undefined) continue;
          const storageClass = StorageClass === 'STANDARD' ? undefined : StorageClass;
          visit({ key, size, etag: unquoted(ETag), uploadedAt: LastModified?.getTime() ?? 0, storageClass });
        }
      }
    });
  }

  readTags(key: string, versionId?: string): Promise<TaggedVersion | undefined> {
    const permission = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
    const command = new GetObjectTaggingCommand(this.versionParams({ key, versionId }));
    return this.request(`read the tags of ${this.s3Uri(key)}`, permission, (client) =>
      unlessMissing(async () => {
        const { TagSet = [], VersionId } = await client.send(command);
        return {
          tags: new Map(TagSet.map(({ Key = '', Value = '' }) => [Key, Value])),
          versionId: VersionId === NULL_VERSION ? undefined : VersionId,
        };
      }),
    );
  }

  async writeTags(upload: Pick<Upload, 'key' | 'versionId'>, tags: ObjectTags): Promise<boolean> {
    const permission = upload.versionId === undefined ? 's3:PutObjectTagging' : 's3:PutObjectVersionTagging';
    const TagSet = [...tags].map(([Key, Value]) => ({ Key, Value }));
    const command = new PutObjectTaggingCommand({ ...this.versionParams(upload), Tagging: { TagSet } });
    const uri = this.s3Uri(upload.key);
    const written = await this.request(`tag ${uri}`, permission, (client) =>
      unlessMissing(() =>
        retryWhileBeingChanged(this.connection, `the tags of ${uri}`, () => client.send(command)),
      ),
    );
    return written !== undefined;
  }

  currentEtag(key: string): Promise<string | undefined> {
    const command = new HeadObjectCommand({ Bucket: this.name, Key: key });
    return this.request(`look up ${this.s3Uri(key)}`, 's3:GetObject', (client) =>
      unlessMissing(async () => unquoted((await client.send(command)).ETag)),
    );
  }

  source({ key, etag, versionId }: Upload): DownloadSource {
    const name = this.s3Uri(key);
    const object = { bucket: this.name, key, versionId, etag };
    return { name, open: (signal) => openObject(this.client, this.connection, object, name, signal) };
  }

  private versionParams({ key, versionId }: Pick<Upload, 'key' | 'versionId'>) {
    return { Bucket: this.name, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
  }

  private s3Uri(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /** @param permission that the requests need */
  private request<T>(action: string, permission: string, send: (client: S3Client) => Promise<T>): Promise<T> {
    return withExplainedErrors(this.connection, action, async () => {
      try {
        return await this.client.send(send);
      } catch (error) {
        if (isAwsError(error, 'NoSuchBucket')) throw missingBucket(this.name, error);
        if (!isDenied(error)) throw error;
        const message = `cannot ${action}: ${reasonOfRefusal(error)}`;
        throw new AppsctlError('ACCESS_DENIED', message, {
          hint: this.grantHint(permission),
          cause: error,
        });
      }
    });
  }

  private grantHint(permission: string): string {
    const what =
      permission === 's3:ListBucket' ? `bucket ${this.name}` : `the bundles in bucket ${this.name}`;
    const grant = `grant ${permission} on ${what} to ${this.connection.credentialsOwner}`;
    return this.owner === undefined
      ? grant
      : `${grant}, and check that the bucket belongs to account ${this.owner}`;
  }
}

/** @returns undefined when the object or its version does not exist, or is a delete marker */
async function unlessMissing<T>(send: () => Promise<T>): Promise<T | undefined> {
  try {
    return await send();
  } catch (error) {
    if (isAwsError(error, 'NoSuchBucket')) throw error;
    const status = httpStatus(error);
    if (status === 404 || status === 405) return undefined;
    throw error;
  }
}

function unquoted(etag = ''): string {
  return etag.replaceAll('"', '');
}
