import type { ByteSource } from './byte-source.js';
import { ZipError } from './zip-error.js';
import { EOCD, IN_ZIP64, LOCAL_FILE_HEADER, ZIP64_EOCD, ZIP64_EOCD_LOCATOR } from './zip-format.js';

/** Where the central directory is. Positions are those in the source. */
export interface EndOfCentralDirectory {
  /** Start of the zip, which a self-extractor can precede. Offsets in the zip are relative to it. */
  readonly start: number;
  readonly entryCount: number;
  readonly directoryPosition: number;
  readonly directorySize: number;
}

/** The first bytes of a zip. */
const LOCAL_FILE_HEADER_SIGNATURE = encodeSignature(LOCAL_FILE_HEADER.signature);
const EOCD_SIGNATURE = encodeSignature(EOCD.signature);

function encodeSignature(signature: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
}

function findAll(pattern: Buffer, bytes: Buffer): number[] {
  const positions: number[] = [];
  for (let at = bytes.indexOf(pattern); at !== -1; at = bytes.indexOf(pattern, at + 1)) positions.push(at);
  return positions;
}

/**
 * Reads the end of central directory record. Files with several candidates, or with a central directory that does not
 * end where the record begins, are rejected because readers interpret them differently.
 * Format: APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.
 *
 * @throws ZipError if there is no such record, or more than one
 */
export async function readEndOfCentralDirectory(source: ByteSource): Promise<EndOfCentralDirectory> {
  const tailStart = Math.max(0, source.size - EOCD.bytes - EOCD.maxCommentBytes);
  const tail = await source.read(tailStart, source.size - tailStart);
  const start = findRecord(tail);
  const record = parseRecord(tail.subarray(start, start + EOCD.bytes));
  const position = tailStart + start;
  const zip64 = await readZip64(source, position);
  const located = locateDirectory(zip64 ?? record, zip64?.position ?? position);
  if (zip64 !== undefined && !isConsistent(record, zip64, located.start)) throw new ZipError(CONTRADICTION);
  if (located.start > 0 && (await source.read(0, 4)).equals(LOCAL_FILE_HEADER_SIGNATURE)) {
    throw new ZipError('another zip precedes it in the file');
  }
  return located;
}

/** Finds the record at the end of the file, which a comment may follow. */
function findRecord(tail: Buffer): number {
  const candidates = findAll(EOCD_SIGNATURE, tail).filter((at) => at + EOCD.bytes <= tail.length);
  const complete = candidates.filter((at) => at + EOCD.bytes + tail.readUInt16LE(at + 20) === tail.length);
  const [start] = complete;
  if (start === undefined) {
    throw new ZipError(
      candidates.length === 0
        ? 'the file is truncated or not a zip (no end of central directory record)'
        : 'data follows the end of central directory record, or its comment is truncated: the file is damaged',
    );
  }
  if (complete.length > 1) {
    throw new ZipError('it has several end of central directory records, one in the comment of another');
  }
  return start;
}

function parseRecord(record: Buffer): DirectoryFields {
  const isSplit =
    record.readUInt16LE(4) !== 0 ||
    record.readUInt16LE(6) !== 0 ||
    record.readUInt16LE(8) !== record.readUInt16LE(10);
  if (isSplit) throw new ZipError('it is one segment of a split zip');
  return {
    entryCount: record.readUInt16LE(10),
    directorySize: record.readUInt32LE(12),
    directoryOffset: record.readUInt32LE(16),
  };
}

const CONTRADICTION =
  'its zip64 end of central directory record contradicts its locator or its end of central directory record';

interface DirectoryFields {
  readonly entryCount: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
}

function locateDirectory(fields: DirectoryFields, endPosition: number): EndOfCentralDirectory {
  const { entryCount, directorySize, directoryOffset } = fields;
  const directoryPosition = endPosition - directorySize;
  const start = directoryPosition - directoryOffset;
  if (start < 0 || directoryPosition < 0)
    throw new ZipError('its central directory is not where the end of central directory record says');
  return { start, entryCount, directoryPosition, directorySize };
}

/**
 * Compares the zip64 record with its locator and the plain record, whose values may be masked: readers differ in which
 * of them they use.
 */
function isConsistent(record: DirectoryFields, zip64: Zip64Record, start: number): boolean {
  const same = (value: number, mask: number, full: number): boolean => value === mask || value === full;
  return (
    start + zip64.offset === zip64.position &&
    same(record.entryCount, EOCD.maxCount, zip64.entryCount) &&
    same(record.directorySize, IN_ZIP64, zip64.directorySize) &&
    same(record.directoryOffset, IN_ZIP64, zip64.directoryOffset)
  );
}

interface Zip64Record extends DirectoryFields {
  /** Position in the source. */
  readonly position: number;
  /** Offset in the zip, according to the locator. */
  readonly offset: number;
}

async function readZip64(source: ByteSource, endPosition: number): Promise<Zip64Record | undefined> {
  if (endPosition < ZIP64_EOCD_LOCATOR.bytes + ZIP64_EOCD.bytes) return undefined;
  const locator = await source.read(endPosition - ZIP64_EOCD_LOCATOR.bytes, ZIP64_EOCD_LOCATOR.bytes);
  if (locator.readUInt32LE(0) !== ZIP64_EOCD_LOCATOR.signature) return undefined;
  // Not the offset in the locator, which depends on what precedes the zip.
  const position = endPosition - ZIP64_EOCD_LOCATOR.bytes - ZIP64_EOCD.bytes;
  const record = await source.read(position, ZIP64_EOCD.bytes);
  if (record.readUInt32LE(0) !== ZIP64_EOCD.signature)
    throw new ZipError('its zip64 end of central directory record is damaged');
  const isSupported =
    record.readBigUInt64LE(4) === BigInt(ZIP64_EOCD.bytes - 12) &&
    record.readUInt32LE(16) === 0 &&
    record.readUInt32LE(20) === 0 &&
    record.readBigUInt64LE(24) === record.readBigUInt64LE(32);
  if (!isSupported)
    throw new ZipError('its zip64 end of central directory record is damaged, or of a split zip');
  return {
    position,
    offset: toSafeNumber(locator.readBigUInt64LE(8)),
    entryCount: toSafeNumber(record.readBigUInt64LE(32)),
    directorySize: toSafeNumber(record.readBigUInt64LE(40)),
    directoryOffset: toSafeNumber(record.readBigUInt64LE(48)),
  };
}

function toSafeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ZipError('its zip64 end of central directory record has values above 2^53 - 1');
  return Number(value);
}
