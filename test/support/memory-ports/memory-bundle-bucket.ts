import { createHash } from 'node:crypto';
import type { ListedBundle, ObjectTags, TaggedVersion, Upload } from '../../../src/core/deployer/upload.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import type { BundleBucket } from '../../../src/core/ports/bundle-bucket.js';
import type { Download, DownloadSource } from '../../../src/core/ports/download.js';

interface StoredUpload {
  readonly content: Uint8Array;
  readonly etag: string;
  readonly versionId: string | undefined;
  readonly uploadedAt: number;
  readonly storageClass: string | undefined;
  tags: ObjectTags;
}

/** A bucket of bundles in memory. */
export class MemoryBundleBucket implements BundleBucket {
  readonly name = 'bundles';
  /** Whether each upload is a version, and earlier ones are kept. */
  isVersioned = false;
  /** The requests so far, such as `tags app.zip`, `tag app.zip`, `etag app.zip` and `open app.zip`. */
  readonly requests: string[] = [];
  /** Called before each request: may upload, remove or tag something, or throw. */
  beforeRequest: (request: string) => void = () => {};
  /** All uploads of a key that exist, newest first. */
  private readonly uploads = new Map<string, StoredUpload[]>();
  private count = 0;

  /** Stores an object without tags; in a bucket without versions it replaces the one that is there. */
  upload(
    key: string,
    content: Uint8Array | string,
    {
      uploadedAt = ++this.count,
      storageClass,
    }: Partial<Pick<ListedBundle, 'uploadedAt' | 'storageClass'>> = {},
  ): Upload {
    const bytes = Buffer.from(content);
    const etag = createHash('md5').update(bytes).digest('hex');
    const versionId = this.isVersioned ? `version-${++this.count}` : undefined;
    const stored = { content: bytes, etag, versionId, uploadedAt, storageClass, tags: new Map() };
    const earlier = (this.uploads.get(key) ?? []).filter((other) => other.versionId !== versionId);
    this.uploads.set(key, [stored, ...earlier]);
    return { key, etag, versionId };
  }

  /** Removes an object with all its versions. */
  remove(key: string): void {
    this.uploads.delete(key);
  }

  /** Sets tags of the current object beside those that it has, as someone else would. */
  addTags(key: string, tags: Readonly<Record<string, string>>): void {
    const stored = this.find(key);
    if (stored !== undefined) stored.tags = new Map([...stored.tags, ...Object.entries(tags)]);
  }

  /** Replaces all tags of the current object, as someone does who has read them before. */
  replaceTags(key: string, tags: Readonly<Record<string, string>>): void {
    const stored = this.find(key);
    if (stored !== undefined) stored.tags = new Map(Object.entries(tags));
  }

  /** The tags of an upload; by default of the current one. */
  tagsOf(key: string, versionId?: string): Record<string, string> {
    return Object.fromEntries(this.find(key, versionId)?.tags ?? []);
  }

  async check(prefix: string): Promise<void> {
    this.note(`check ${prefix}`);
  }

  async scan(prefix: string, visit: (object: ListedBundle) => void): Promise<void> {
    this.note(`list ${prefix}`);
    for (const key of [...this.uploads.keys()].sort()) {
      const stored = this.find(key);
      if (stored === undefined || !key.startsWith(prefix)) continue;
      const { content, etag, uploadedAt, storageClass } = stored;
      visit({ key, size: content.length, etag, uploadedAt, storageClass });
    }
  }

  async readTags(key: string, versionId?: string): Promise<TaggedVersion | undefined> {
    this.note(`tags ${key}`);
    const stored = this.find(key, versionId);
    return stored && { tags: stored.tags, versionId: stored.versionId };
  }

  async writeTags({ key, versionId }: Pick<Upload, 'key' | 'versionId'>, tags: ObjectTags): Promise<boolean> {
    this.note(`tag ${key}`);
    const stored = this.find(key, versionId);
    if (stored === undefined) return false;
    stored.tags = new Map(tags);
    return true;
  }

  async currentEtag(key: string): Promise<string | undefined> {
    this.note(`etag ${key}`);
    return this.find(key)?.etag;
  }

  source({ key, etag, versionId }: Upload): DownloadSource {
    const name = `s3://${this.name}/${key}`;
    const open = async (): Promise<Download> => {
      this.note(`open ${key}`);
      const stored = this.find(key, versionId);
      if (stored === undefined || (versionId === undefined && stored.etag !== etag))
        throw new AppsctlError('NOT_FOUND', `${name} was replaced or removed`);
      return { length: stored.content.length, chunks: chunksOf(stored.content) };
    };
    return { name, open };
  }

  private note(request: string): void {
    this.beforeRequest(request);
    this.requests.push(request);
  }

  private find(key: string, versionId?: string): StoredUpload | undefined {
    const uploads = this.uploads.get(key) ?? [];
    return versionId === undefined ? uploads[0] : uploads.find((stored) => stored.versionId === versionId);
  }
}

async function* chunksOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
