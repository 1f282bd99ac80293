/** An S3 object, as listed. */
export interface StoredObject {
  readonly key: string;
  /**
   * The MD5 in hex of an object that was uploaded in a single part and is not encrypted with a KMS key; otherwise not a
   * digest of the content.
   */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
}

/** The checksums that S3 has of an object. */
export interface ObjectDigest {
  /** Undefined when S3 has no SHA-256 of the whole content. */
  readonly sha256Base64: string | undefined;
  /** Whether the object's ETag is the MD5 of its content. */
  readonly isEtagMd5: boolean;
}

/** Whether an ETag has the form of an MD5 in hex; the ETag of a multipart upload does not. */
export function isMd5(etag = ''): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}
