/** What a bucket contains. */
export interface BucketContent {
  /** Objects; in a versioned bucket, all of their versions and delete markers. */
  readonly objects: number;
  /** Multipart uploads that are neither completed nor aborted. */
  readonly uploads: number;
}

/** A version of an object that cannot be removed. */
export interface LockedObject {
  readonly key: string;
  /** Why, in the words of AWS. */
  readonly reason: string;
}

/** A bucket that is removed. */
export interface BucketRemoval {
  /** The name of the bucket. */
  readonly name: string;
  /** Whether the bucket exists. Rejects when it belongs to another account or is in another region. */
  exists(): Promise<boolean>;
  count(): Promise<BucketContent>;
  /**
   * Removes all objects, all of their versions, and all unfinished uploads, as far as possible.
   *
   * @returns the first objects that could not be removed, and how many there are
   */
  empty(): Promise<{ readonly locked: readonly LockedObject[]; readonly count: number }>;
  /** Deletes the bucket, which must be empty; does nothing if it does not exist. */
  delete(): Promise<void>;
}
