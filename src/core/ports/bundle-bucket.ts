import type { ListedBundle, ObjectTags, TaggedVersion, Upload } from '../deployer/upload.js';
import type { DownloadSource } from './download.js';

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
