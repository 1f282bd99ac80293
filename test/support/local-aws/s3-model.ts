export interface StoredObject {
  key: string;
  bytes: Buffer;
  /** With its quotes. */
  etag: string;
  lastModified: Date;
  /** Content-Type and the like, and x-amz-meta-*: answered as they came. */
  headers: Readonly<Record<string, string>>;
  checksum: { crc32: string; type: 'FULL_OBJECT' | 'COMPOSITE' } | undefined;
}

export interface Upload {
  id: string;
  key: string;
  initiated: Date;
  headers: Readonly<Record<string, string>>;
  checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  parts: Map<number, { bytes: Buffer; etag: string; crc32: string; lastModified: Date }>;
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
  objects: Map<string, StoredObject>;
  uploads: Map<string, Upload>;
  policy: string | undefined;
  publicAccessBlock: PublicAccessBlock | undefined;
}
