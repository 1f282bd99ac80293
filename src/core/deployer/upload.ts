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
