import { DeleteBucketCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { throwIfAborted } from '../../core/async/clock.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { BucketContent, BucketRemoval, LockedObject } from '../../core/ports/bucket-removal.js';
import { isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { retryWhileBeingChanged } from '../client/consistency.js';
import { TEMPORARY_FAILURES, versionPages } from './object-removal.js';
import { S3Bucket } from './s3-bucket.js';
import { S3BucketSetup } from './s3-bucket-setup.js';
import { S3Objects } from './s3-objects.js';

/** The objects that a report names. */
const MAX_NAMED = 10;
/** How often the objects are listed again when S3 has failed to remove any, for a reason that passes. */
const MAX_FAILED_PASSES = 3;

/** Empties and deletes an S3 bucket. */
export class S3BucketRemoval implements BucketRemoval {
  private readonly bucket: S3Bucket;
  private readonly setup: S3BucketSetup;
  private readonly objects: Pick<S3Objects, 'listUnfinished' | 'abort'>;
  private readonly params: { readonly Bucket: string };

  /** @param owner the id of the account that the bucket must belong to */
  constructor(
    private readonly connection: AwsConnection,
    readonly name: string,
    owner: string,
  ) {
    this.bucket = new S3Bucket(connection, name, owner);
    this.setup = new S3BucketSetup(connection, name, owner);
    this.objects = new S3Objects(connection, name, owner);
    this.params = { Bucket: name };
  }

  exists(): Promise<boolean> {
    return this.setup.exists();
  }

  async count(): Promise<BucketContent> {
    const uploads = (await this.objects.listUnfinished('')).length;
    return this.bucket.request(`list the objects of bucket ${this.name}`, async () => {
      let objects = 0;
      for await (const { Versions = [], DeleteMarkers = [] } of versionPages(this.bucket, ''))
        objects += Versions.length + DeleteMarkers.length;
      return { objects, uploads };
    });
  }

  async empty(): Promise<{ locked: readonly LockedObject[]; count: number }> {
    for (const upload of await this.objects.listUnfinished('')) {
      throwIfAborted(this.connection.signal);
      await this.objects.abort(upload);
    }
    return this.bucket.request(`remove the objects of bucket ${this.name}`, async () => {
      // Where a listing goes on after objects that have just been removed is not documented: until there is nothing left.
      for (let failures = 0; ; ) {
        const { removed, isTemporary, ...rest } = await this.removeObjects();
        if (removed === 0 && !(isTemporary && ++failures < MAX_FAILED_PASSES)) return rest;
      }
    });
  }

  delete(): Promise<void> {
    return this.bucket.request(`delete bucket ${this.name}`, async () => {
      try {
        await retryWhileBeingChanged(this.connection, `bucket ${this.name}`, () =>
          this.bucket.client.send(new DeleteBucketCommand(this.params)),
        );
      } catch (error) {
        if (isAwsError(error, 'NoSuchBucket')) return;
        if (!isAwsError(error, 'BucketNotEmpty')) throw error;
        throw new AppsctlError('CONFLICT', `bucket ${this.name} is being filled by someone else`, {
          hint: ({ again }) => `end all deployments to it, and ${again}`,
          cause: error,
        });
      }
    });
  }

  /** Removes all versions once. S3 reports for each object why it could not be removed. */
  private async removeObjects() {
    const locked: LockedObject[] = [];
    let [removed, count, isTemporary] = [0, 0, false];
    // Page by page: there may be millions.
    for await (const { Versions = [], DeleteMarkers = [] } of versionPages(this.bucket, '')) {
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) continue;
      throwIfAborted(this.connection.signal);
      const Delete = { Objects, Quiet: true };
      const { Errors = [] } = await this.bucket.client.send(
        new DeleteObjectsCommand({ ...this.params, Delete }),
      );
      removed += Objects.length - Errors.length;
      for (const { Key: key = '', Code = '', Message: reason = Code } of Errors) {
        count++;
        isTemporary ||= TEMPORARY_FAILURES.includes(Code);
        if (locked.length < MAX_NAMED) locked.push({ key, reason });
      }
    }
    return { locked, count, removed, isTemporary };
  }
}
