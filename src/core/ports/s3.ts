import type { ObjectDigest, StoredObject } from '../deploy/stored-object.js';

/** Read access to the objects of a bucket. */
export interface ObjectReader {
  /** The name of the bucket. */
  readonly name: string;
  /** Returns the content of an object, or undefined when it does not exist. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Returns all objects whose keys begin with the prefix. */
  list(prefix: string): Promise<StoredObject[]>;
}

/** Read access to a bucket with more objects than fit into memory. */
export interface ObjectScanner extends ObjectReader {
  /** Calls a function with each object whose key begins with the prefix, in the order of the keys. */
  scan(prefix: string, visit: (object: StoredObject) => void): Promise<void>;
}

/** The objects of an app. */
export interface ObjectStore extends ObjectReader {
  /** Creates or replaces an object. */
  put(key: string, body: Uint8Array, contentType: string): Promise<void>;
  /** Returns the checksums of an object; undefined when it does not exist, or without permission to read it. */
  digest(key: string): Promise<ObjectDigest | undefined>;
}

/** A version of an object or a delete marker; in a bucket without versioning, an object. */
export interface ObjectVersion {
  readonly key: string;
  /** Undefined for an object that has no version, or was written before the bucket had versioning. */
  readonly version: string | undefined;
  /** Whether it is what readers of the key get. */
  readonly isCurrent: boolean;
  /** Whether the versions of the key are not known: of what is current, a versioned bucket may keep a version. */
  readonly isUnlisted?: boolean;
}

/** Removes objects for good. */
export interface ObjectRemover extends ObjectReader {
  /** Returns all versions and delete markers of the objects whose keys begin with the prefix. */
  listVersions(prefix: string): Promise<ObjectVersion[]>;
  /**
   * Removes versions of objects; ignores those that do not exist. Where S3 refuses to remove a version, because of missing
   * permission or Object Lock, or the version is not known, only a delete marker hides the object.
   *
   * @returns the keys of which versions are left
   */
  removeVersions(versions: readonly ObjectVersion[]): Promise<string[]>;
}

/** A multipart upload that is neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** The function archives that AWS Lambda reads from a bucket. */
export interface UploadStore extends Pick<ObjectReader, 'list'> {
  /**
   * Removes an object; does nothing if it does not exist.
   *
   * @param version the version to remove. Without it, or without permission to remove versions, a versioned bucket only
   *   gets a delete marker.
   */
  remove(key: string, version?: string): Promise<void>;
  /** Returns all unfinished multipart uploads whose keys begin with the prefix. */
  listUnfinished(prefix: string): Promise<UnfinishedUpload[]>;
  /** Aborts a multipart upload, which removes its parts; does nothing if it does not exist. */
  abort(upload: UnfinishedUpload): Promise<void>;
}

/** An object as it was read. */
export interface StoredWithEtag {
  readonly body: Uint8Array;
  readonly etag: string;
  /** How long ago it was written, by the clock of the service: milliseconds; undefined if the service does not say it. */
  readonly ageMs?: number | undefined;
}

/** Objects that are written with optimistic concurrency (If-Match, If-None-Match). */
export interface ConditionalStore {
  /** The name of the bucket. */
  readonly name: string;
  /** Returns the content and ETag of an object, or undefined when it does not exist. */
  getWithEtag(key: string): Promise<StoredWithEtag | undefined>;
  /** Creates an object. Returns its ETag, or undefined when it already exists. */
  putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined>;
  /** Replaces an object if its ETag matches. Returns the new ETag, or undefined when it does not match. */
  replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined>;
  /** Removes an object if its ETag matches; does nothing otherwise. */
  removeIf(key: string, etag: string): Promise<void>;
}

/** What a new bucket gets. */
export interface NewBucket {
  /** The partition of the account. */
  readonly partition: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The ARN of the KMS key of its default encryption; a key of Amazon S3 by default. */
  readonly kmsKey?: string | undefined;
}

/** The bucket that `init` prepares. */
export interface BucketSetup {
  /** The name of the bucket. */
  readonly name: string;
  /** Whether the bucket exists. Rejects when it belongs to another account or is in another region. */
  exists(): Promise<boolean>;
  /** Creates the bucket with its tags, and {@link secure}s it. */
  create(settings: NewBucket): Promise<void>;
  /** Whether {@link create} was interrupted before {@link secure}: the bucket is empty and has no bucket policy. */
  isPartiallyCreated(): Promise<boolean>;
  /** Encrypts new objects with the key, blocks public access, and requires TLS. */
  secure(settings: NewBucket): Promise<void>;
  /** Whether lifecycle rules remove what killed deployments leave behind; undefined without permission to read them. */
  hasCleanupRules(): Promise<boolean | undefined>;
  /**
   * Returns the ARN of the customer managed KMS key of the default encryption; undefined if none is set, or without
   * permission to read it.
   */
  encryptionKey(): Promise<string | undefined>;
  /** Adds these lifecycle rules to the existing ones. Returns false without permission to do so. */
  addCleanupRules(): Promise<boolean>;
}
