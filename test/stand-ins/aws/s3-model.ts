import type { Checksum, ChecksumKind } from './checksums.js';
import type { XmlElement } from './xml.js';

/** How something is encrypted. */
export interface Encryption {
  algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** The id or ARN of a KMS key; undefined for the AWS managed key for S3. */
  keyId: string | undefined;
  bucketKey: boolean;
}

export type StorageClass = (typeof STORAGE_CLASSES)[number];

/** Those of general purpose buckets. */
export const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;

/** Values by key, in the order in which they were given. */
export type Tags = Map<string, string>;

export interface StoredObject {
  key: string;
  /** `null` if stored without versioning; undefined if the bucket never had versioning. */
  versionId: string | undefined;
  bytes: Buffer;
  /** With its quotes. */
  etag: string;
  lastModified: Date;
  /** Content-Type and the like, and x-amz-meta-*: answered as they came. */
  headers: Readonly<Record<string, string>>;
  /** If none was sent: undefined until a CRC64NVME is needed. */
  checksum: Checksum | undefined;
  encryption: Encryption;
  storageClass: StorageClass;
  tags: Tags;
}

export interface DeleteMarker {
  key: string;
  versionId: string | undefined;
  lastModified: Date;
  isDeleteMarker: true;
}

export type Version = StoredObject | DeleteMarker;

export interface Upload {
  id: string;
  key: string;
  initiated: Date;
  headers: Readonly<Record<string, string>>;
  checksum: ChecksumKind | undefined;
  encryption: Encryption;
  storageClass: StorageClass;
  tags: Tags;
  /** What its request contained about encryption, by condition key. */
  encryptionContext: Readonly<Record<string, string>>;
  parts: Map<number, Part>;
}

export interface Part {
  bytes: Buffer;
  etag: string;
  /** By the upload's algorithm, where it has one. */
  checksum: string | undefined;
  lastModified: Date;
}

export interface PublicAccessBlock {
  BlockPublicAcls: boolean;
  IgnorePublicAcls: boolean;
  BlockPublicPolicy: boolean;
  RestrictPublicBuckets: boolean;
}

export interface Bucket {
  name: string;
  /** Twelve digits. */
  owner: string;
  region: string;
  created: Date;
  tags: Map<string, string>;
  /** Requests that are still answered NoSuchBucket. */
  missingRequests: number;
  /** Current objects by key. */
  objects: Map<string, StoredObject>;
  /** Undefined if it was never set. */
  versioning: 'Enabled' | 'Suspended' | undefined;
  /** All versions by key, newest first; empty if versioning was never set. */
  versions: Map<string, Version[]>;
  uploads: Map<string, Upload>;
  policy: string | undefined;
  /** The encryption of objects whose request contains none. */
  encryption: Encryption;
  publicAccessBlock: PublicAccessBlock | undefined;
  /** The configuration as it was put. */
  lifecycle: XmlElement | undefined;
}
