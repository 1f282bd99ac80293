import type { DownloadSource } from './download.js';

/** An object as the list of its bucket shows it. */
export interface ListedBundle {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** When it was uploaded: milliseconds since the epoch. */
  readonly uploadedAt: number;
  /** Undefined for S3 Standard. */
  readonly storageClass: string | undefined;
}

/** The tags of an object: names and values. */
export type ObjectTags = ReadonlyMap<string, string>;

/** The tags of one version of an object. */
export interface TaggedVersion {
  readonly tags: ObjectTags;
  /** Undefined for an object that has no version, or was written before the bucket had versioning. */
  readonly versionId: string | undefined;
}

/** What was uploaded under a key at one time: a version, or without versioning the object with this ETag. */
export interface Upload {
  readonly key: string;
  readonly etag: string;
  /** Undefined for an object that has no version, or was written before the bucket had versioning. */
  readonly versionId: string | undefined;
}

/** The bucket to which bundles are uploaded. Only the tags of its objects are changed. */
export interface BundleBucket {
  /** The name of the bucket. */
  readonly name: string;
  /**
   * Checks that the bucket exists, belongs to the expected account, and may be listed.
   *
   * @param prefix of the keys that are to be listed
   * @throws AppsctlError NOT_FOUND, ACCESS_DENIED, CREDENTIALS, NETWORK, SERVICE
   */
  check(prefix: string): Promise<void>;
  /** Calls a function with each object whose key begins with the prefix, in the order of the keys. */
  scan(prefix: string, visit: (object: ListedBundle) => void): Promise<void>;
  /**
   * Reads the tags of an object.
   *
   * @param versionId the version; by default the current one
   * @returns undefined when it does not exist
   */
  readTags(key: string, versionId?: string): Promise<TaggedVersion | undefined>;
  /**
   * Replaces all tags of an object. S3 has no condition for it.
   *
   * @returns false when the object or its version does not exist
   */
  writeTags(upload: Pick<Upload, 'key' | 'versionId'>, tags: ObjectTags): Promise<boolean>;
  /** Returns the ETag of the current object, or undefined when it does not exist. */
  currentEtag(key: string): Promise<string | undefined>;
  /** The content of an upload. Opening it fails with NOT_FOUND when it was replaced or removed since. */
  source(upload: Upload): DownloadSource;
}
