import type { Checksum, ChecksumKind } from './checksums.js';
import type { XmlElement } from './xml.js';

/** How something is encrypted. */
export interface Encryption {
  algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** The id or ARN of a key in KMS; AWS's own key for S3 where none is named. */
  keyId: string | undefined;
  bucketKey: boolean;
}

export interface StoredObject {
  key: string;
  /** `null` for what was stored while its bucket made no versions; undefined if it never made any. */
  versionId: string | undefined;
  bytes: Buffer;
  /** With its quotes. */
  etag: string;
  lastModified: Date;
  /** Content-Type and the like, and x-amz-meta-*: answered as they came. */
  headers: Readonly<Record<string, string>>;
  /** Where none was sent, a CRC64NVME that is computed once somebody asks for it. */
  checksum: Checksum | undefined;
  encryption: Encryption;
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
  /** What its request said about encryption, by condition key. */
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
  /** Requests that still answer that there is no such bucket. */
  missingRequests: number;
  /** What is current, by key. */
  objects: Map<string, StoredObject>;
  /** Undefined if it never made versions. */
  versioning: 'Enabled' | 'Suspended' | undefined;
  /** All versions by key, newest first; empty if it never made any. */
  versions: Map<string, Version[]>;
  uploads: Map<string, Upload>;
  policy: string | undefined;
  /** For objects whose request says nothing about it. */
  encryption: Encryption;
  publicAccessBlock: PublicAccessBlock | undefined;
  /** The rules as they were put. */
  lifecycle: XmlElement | undefined;
}
