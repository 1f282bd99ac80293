/** An object in a bucket. */
export interface StoredObject {
  readonly key: string;
  /** The MD5 in hex for objects that were put whole and are not encrypted with a KMS key; otherwise no digest of the content. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** What S3 knows of the content of an object. */
export interface ObjectDigest {
  /** The SHA-256 of the whole content, in base64; undefined when S3 has none. */
  readonly sha256: string | undefined;
  /** Whether the object's ETag is the MD5 of its content. */
  readonly isEtagMd5: boolean;
}

/** Whether an ETag has the form of an MD5 in hex; that of an object that was uploaded in parts has not. */
export function isMd5(etag = ''): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}
