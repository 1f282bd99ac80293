import { createHash } from 'node:crypto';
import type { Clock } from '../../../src/core/async/clock.js';
import type { StoredObject } from '../../../src/core/deploy/stored-object.js';
import type {
  BucketSetup,
  ConditionalStore,
  NewBucket,
  ObjectRemover,
  ObjectScanner,
  ObjectStore,
  ObjectVersion,
  StoredWithEtag,
  UnfinishedUpload,
  UploadStore,
} from '../../../src/core/ports/s3.js';

/** A bucket in memory. */
export class MemoryBucket
  implements ObjectStore, ObjectScanner, ObjectRemover, ConditionalStore, UploadStore
{
  readonly name = 'bucket';
  readonly objects = new Map<
    string,
    { body: Uint8Array; etag: string; lastModified?: number; writtenAt?: number | undefined }
  >();
  readonly contentTypes = new Map<string, string>();
  unfinished: UnfinishedUpload[] = [];
  /** Whether ETags are the MD5 of the content, which they are not in buckets encrypted with a KMS key. */
  areEtagsMd5 = true;
  /** Whether the service wrongly claims that ETags are digests. */
  claimsMd5 = false;
  /** The keys of objects whose digest was read. */
  readonly digestsRead: string[] = [];
  /** The reads so far, such as `list static/`. */
  readonly reads: string[] = [];
  /** Called before an object is written or removed: may make a concurrent change, or throw. */
  beforeChange: (change: string) => void = () => {};
  /** The clock of the service; undefined for one that does not tell the age of objects. */
  clock: Pick<Clock, 'now'> | undefined;
  private writes = 0;

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    this.beforeChange(`put ${key}`);
    this.contentTypes.set(key, contentType);
    this.store(key, body);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.reads.push(`get ${key}`);
    return this.objects.get(key)?.body;
  }

  async list(prefix: string): Promise<StoredObject[]> {
    this.reads.push(`list ${prefix}`);
    return [...this.objects].sort().flatMap(([key, { body, lastModified = 0 }]) => {
      const md5 = createHash('md5').update(body).digest('hex');
      const etag = this.areEtagsMd5 ? md5 : 'f'.repeat(md5.length);
      return key.startsWith(prefix) ? [{ key, etag, size: body.byteLength, lastModified }] : [];
    });
  }

  async scan(prefix: string, visit: (object: StoredObject) => void): Promise<void> {
    for (const object of await this.list(prefix)) visit(object);
  }

  async digest(key: string) {
    this.digestsRead.push(key);
    const object = this.objects.get(key);
    if (object === undefined) return undefined;
    const sha256Base64 = createHash('sha256').update(object.body).digest('base64');
    return { sha256Base64, isEtagMd5: this.areEtagsMd5 || this.claimsMd5 };
  }

  async getWithEtag(key: string): Promise<StoredWithEtag | undefined> {
    this.reads.push(`get ${key}`);
    const object = this.objects.get(key);
    if (object === undefined) return undefined;
    const { body, etag, writtenAt } = object;
    const now = this.clock?.now();
    return {
      body,
      etag,
      ageMs: now === undefined || writtenAt === undefined ? undefined : now - writtenAt,
    };
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined> {
    this.beforeChange(`create ${key}`);
    return this.objects.has(key) ? undefined : this.store(key, body);
  }

  async replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined> {
    this.beforeChange(`replace ${key}`);
    return this.objects.get(key)?.etag === etag ? this.store(key, body) : undefined;
  }

  async removeIf(key: string, etag: string): Promise<void> {
    this.beforeChange(`remove ${key}`);
    if (this.objects.get(key)?.etag === etag) this.objects.delete(key);
  }

  async remove(key: string): Promise<void> {
    this.beforeChange(`remove ${key}`);
    this.objects.delete(key);
  }

  async listVersions(prefix: string): Promise<ObjectVersion[]> {
    this.reads.push(`list versions ${prefix}`);
    const keys = [...this.objects.keys()].sort().filter((key) => key.startsWith(prefix));
    return keys.map((key) => ({ key, version: undefined, isCurrent: true }));
  }

  async removeVersions(versions: readonly ObjectVersion[]): Promise<string[]> {
    for (const { key } of versions) await this.remove(key);
    return [];
  }

  async listUnfinished(prefix: string): Promise<UnfinishedUpload[]> {
    return this.unfinished.filter(({ key }) => key.startsWith(prefix));
  }

  async abort({ uploadId }: UnfinishedUpload): Promise<void> {
    this.unfinished = this.unfinished.filter((upload) => upload.uploadId !== uploadId);
  }

  private store(key: string, body: Uint8Array): string {
    const etag = `"${++this.writes}"`;
    this.objects.set(key, { body, etag, lastModified: this.writes, writtenAt: this.clock?.now() });
    return etag;
  }
}

/** The configuration of a bucket in memory. */
export class MemoryBucketSetup implements BucketSetup {
  readonly name = 'bucket';
  isThere = false;
  isPrivate = false;
  /** Undefined when the caller is not allowed to read them. */
  cleanupRules: boolean | undefined = false;
  mayChangeRules = true;
  key: string | undefined;
  readonly changes: string[] = [];

  async exists(): Promise<boolean> {
    return this.isThere;
  }

  async create({ partition }: NewBucket): Promise<void> {
    this.changes.push(`create bucket in ${partition}`);
    this.isThere = true;
    this.isPrivate = true;
  }

  async isPartiallyCreated(): Promise<boolean> {
    return !this.isPrivate;
  }

  async secure({ partition }: NewBucket): Promise<void> {
    this.changes.push(`make bucket private in ${partition}`);
    this.isPrivate = true;
  }

  async hasCleanupRules(): Promise<boolean | undefined> {
    return this.cleanupRules;
  }

  async encryptionKey(): Promise<string | undefined> {
    return this.key;
  }

  async addCleanupRules(): Promise<boolean> {
    if (!this.mayChangeRules) return false;
    this.changes.push('add cleanup rules');
    this.cleanupRules = true;
    return true;
  }
}
