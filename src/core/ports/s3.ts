import type { ObjectDigest, StoredObject } from '../deploy/stored-object.js';

/** Objects of a bucket. */
export interface ObjectReader {
  readonly name: string;
  /** The object's bytes; undefined when there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** All objects whose keys begin with the prefix. */
  list(prefix: string): Promise<StoredObject[]>;
}

/** What a deployment does with objects of a bucket. */
export interface ObjectStore extends ObjectReader {
  put(key: string, body: Uint8Array, contentType: string): Promise<void>;
  /** What is known of an object's content; undefined when there is no such object, or we may not read it. */
  digest(key: string): Promise<ObjectDigest | undefined>;
}

/** An upload in parts that was not brought to its end. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** Archives on their way to AWS Lambda. */
export interface UploadStore extends Pick<ObjectReader, 'list'> {
  /**
   * Removes an object; there need not be one.
   *
   * @param version the version to remove; where we may not, and without one, the object gets a delete marker in a bucket
   *   with versions
   */
  remove(key: string, version?: string): Promise<void>;
  /** The uploads that were begun and not ended whose keys begin with the prefix. */
  listUnfinished(prefix: string): Promise<UnfinishedUpload[]>;
  /** Removes the parts of an upload; there need not be any. */
  abort(upload: UnfinishedUpload): Promise<void>;
}

/** Objects that change only if they are still what somebody has seen. */
export interface ConditionalStore {
  readonly name: string;
  /** The object's bytes and ETag; undefined when there is no such object. */
  getWithEtag(key: string): Promise<{ body: Uint8Array; etag: string } | undefined>;
  /** Puts an object where there is none. Returns its ETag, or undefined when there is one. */
  putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined>;
  /** Replaces an object that is still the same. Returns the new ETag, or undefined when it is not. */
  replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined>;
  /** Removes an object that is still the same; does nothing when it is not. */
  removeIf(key: string, etag: string): Promise<void>;
}

/** A bucket as `init` prepares it. */
export interface BucketSetup {
  readonly name: string;
  /** Whether it exists, belongs to the account and is in our region. Throws when it exists but cannot be used. */
  exists(): Promise<boolean>;
  /** Creates it: public access blocked, TLS only. */
  create(partition: string): Promise<void>;
  /** Whether its creation was cut short: it is empty and has no policy, and {@link makePrivate} comes last. */
  isPartiallyCreated(): Promise<boolean>;
  /** Blocks public access, and access without TLS. */
  makePrivate(partition: string): Promise<void>;
  /** Whether it removes what killed deployments leave behind; undefined when we may not see. */
  hasCleanupRules(): Promise<boolean | undefined>;
  /** The ARN of the customer managed key that encrypts its objects by default; undefined when there is none, or we may not see. */
  encryptionKey(): Promise<string | undefined>;
  /** Adds the rules that remove what killed deployments leave behind; its other rules stay. Returns false when we may not. */
  addCleanupRules(): Promise<boolean>;
}
