import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc64nvme } from './crc64.js';
import { AwsError, notImplemented } from './errors.js';

export type ChecksumAlgorithm = 'CRC32' | 'CRC64NVME' | 'SHA1' | 'SHA256';
type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; followed by the number of parts if it is composite. */
  value: string;
  type: ChecksumType;
}

/** What a multipart upload is to compute. */
export type ChecksumKind = Pick<Checksum, 'algorithm' | 'type'>;

const COMPUTE: Record<ChecksumAlgorithm, (bytes: Buffer) => Buffer> = {
  CRC32: crc32Bytes,
  CRC64NVME: crc64nvme,
  SHA1: (bytes) => createHash('sha1').update(bytes).digest(),
  SHA256: (bytes) => createHash('sha256').update(bytes).digest(),
};

/** The types of a multipart upload; the first is the default. */
const TYPES: Record<ChecksumAlgorithm, readonly ChecksumType[]> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
};

const HEADER = /^x-amz-checksum-(crc32c?|crc64nvme|sha1|sha256|sha512|md5|xxhash\w+)$/;

type Headers = Readonly<Record<string, string>>;

export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Buffer): string {
  return COMPUTE[algorithm](bytes).toString('base64');
}

/** The checksum of all parts, computed from theirs. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const joined = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
  return `${checksumOf(algorithm, joined)}-${parts.length}`;
}

/** The one checksum in the headers, not verified yet. */
export function sentChecksum(headers: Headers): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  const sent = Object.entries(headers).flatMap(([name, value]) => {
    const algorithm = HEADER.exec(name)?.[1];
    return algorithm === undefined ? [] : [{ algorithm: supported(algorithm), value }];
  });
  if (sent.length > 1) {
    throw invalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  return sent[0];
}

/** The checksum sent with these bytes, after verifying it. */
export function verifiedChecksum(headers: Headers, bytes: Buffer): Checksum | undefined {
  const sent = sentChecksum(headers);
  if (sent === undefined) return undefined;
  if (Buffer.from(sent.value, 'base64').length !== COMPUTE[sent.algorithm](Buffer.alloc(0)).length) {
    throw invalidRequest(`Value for x-amz-checksum-${sent.algorithm.toLowerCase()} header is invalid.`);
  }
  if (sent.value !== checksumOf(sent.algorithm, bytes)) {
    throw badDigest(`The ${sent.algorithm} you specified did not match the calculated checksum.`);
  }
  return { ...sent, type: 'FULL_OBJECT' };
}

/** What the headers of a new multipart upload request. */
export function checksumKind(headers: Headers): ChecksumKind | undefined {
  const [named, type] = [headers['x-amz-checksum-algorithm'], headers['x-amz-checksum-type']];
  if (named === undefined) {
    if (type === undefined) return undefined;
    throw invalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = supported(named);
  const types = TYPES[algorithm];
  const chosen = type === undefined ? types[0] : types.find((candidate) => candidate === type);
  if (chosen === undefined) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: chosen };
}

/** The headers of a response that contain a checksum. */
export function checksumHeaders({ algorithm, value, type }: Checksum): Record<string, string> {
  return { [`x-amz-checksum-${algorithm.toLowerCase()}`]: value, 'x-amz-checksum-type': type };
}

export function invalidRequest(message: string): AwsError {
  return new AwsError(400, 'InvalidRequest', message);
}

export function badDigest(message: string): AwsError {
  return new AwsError(400, 'BadDigest', message);
}

function supported(name: string): ChecksumAlgorithm {
  const algorithm = name.toUpperCase();
  if (algorithm in COMPUTE) return algorithm as ChecksumAlgorithm;
  throw notImplemented(`the checksum algorithm ${name}`);
}

function crc32Bytes(bytes: Buffer): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value;
}
