import type { ByteSource } from './byte-source.js';
import { ZipError } from './zip-error.js';
import { EOCD, LOCAL_HEADER, ZIP64_EOCD, ZIP64_EOCD_LOCATOR } from './zip-format.js';

/** Where a zip's directory stands. Positions count from the source's first byte. */
export interface EndOfCentralDirectory {
  /** Bytes that stand before the archive: a self-extracting script, say. Offsets in the archive count from here. */
  readonly start: number;
  readonly entryCount: number;
  readonly directoryPosition: number;
  readonly directorySize: number;
}

/** How a zip begins, if nothing precedes it. */
const LOCAL_SIGNATURE = signatureBytes(LOCAL_HEADER.signature);
const END_SIGNATURE = signatureBytes(EOCD.signature);

function signatureBytes(signature: number): Buffer {
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
 * Finds the end record of a zip, on which all else depends. Readers disagree about files that hold several
 * candidates or a directory that does not end where the record begins, so such files are refused.
 * Format: APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.
 *
 * @throws ZipError when there is no end record, or no unambiguous one
 */
export async function readEndOfCentralDirectory(source: ByteSource): Promise<EndOfCentralDirectory> {
  const tailStart = Math.max(0, source.size - EOCD.bytes - EOCD.largestComment);
  const tail = await source.read(tailStart, source.size - tailStart);
  const candidates = findAll(END_SIGNATURE, tail).filter((at) => at + EOCD.bytes <= tail.length);
  const complete = candidates.filter((at) => at + EOCD.bytes + tail.readUInt16LE(at + 20) === tail.length);
  const [at] = complete;
  if (at === undefined) {
    throw new ZipError(
      candidates.length === 0
        ? 'its end record is missing: the file is cut short, or it is no zip'
        : 'its end record does not end with the file: the file is damaged',
    );
  }
  if (complete.length > 1)
    throw new ZipError('it has several end records, one inside the comment of another');
  const end = tail.subarray(at, at + EOCD.bytes);
  const position = tailStart + at;
  if (
    end.readUInt16LE(4) !== 0 ||
    end.readUInt16LE(6) !== 0 ||
    end.readUInt16LE(8) !== end.readUInt16LE(10)
  ) {
    throw new ZipError('it is one part of a zip in several files');
  }
  const record = {
    entryCount: end.readUInt16LE(10),
    directorySize: end.readUInt32LE(12),
    directoryOffset: end.readUInt32LE(16),
  };
  const extended = await readZip64(source, position);
  const located = locateDirectory(extended ?? record, extended?.position ?? position);
  if (extended !== undefined && !isConsistent(record, extended, located.start))
    throw new ZipError('its zip64 end record contradicts its end record or locator');
  if (located.start > 0 && (await source.read(0, 4)).equals(LOCAL_SIGNATURE)) {
    throw new ZipError('another zip stands before it in the file');
  }
  return located;
}

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
    throw new ZipError('its directory does not stand where the end record says');
  return { start, entryCount, directoryPosition, directorySize };
}

/**
 * Whether locator and end record say the same as the zip64 record, the latter where it says something: some readers go
 * by the one, some by the other.
 */
function isConsistent(record: DirectoryFields, extended: Zip64Record, start: number): boolean {
  const same = (value: number, unsaid: number, full: number): boolean => value === unsaid || value === full;
  return (
    start + extended.offset === extended.position &&
    same(record.entryCount, 0xffff, extended.entryCount) &&
    same(record.directorySize, 0xffffffff, extended.directorySize) &&
    same(record.directoryOffset, 0xffffffff, extended.directoryOffset)
  );
}

interface Zip64Record extends DirectoryFields {
  /** Where it stands in the source. */
  readonly position: number;
  /** Where it stands in the archive, as its locator says. */
  readonly offset: number;
}

async function readZip64(source: ByteSource, endPosition: number): Promise<Zip64Record | undefined> {
  if (endPosition < ZIP64_EOCD_LOCATOR.bytes + ZIP64_EOCD.bytes) return undefined;
  const locator = await source.read(endPosition - ZIP64_EOCD_LOCATOR.bytes, ZIP64_EOCD_LOCATOR.bytes);
  if (locator.readUInt32LE(0) !== ZIP64_EOCD_LOCATOR.signature) return undefined;
  // The record stands right before its locator; where the locator points depends on what precedes the archive.
  const position = endPosition - ZIP64_EOCD_LOCATOR.bytes - ZIP64_EOCD.bytes;
  const record = await source.read(position, ZIP64_EOCD.bytes);
  if (record.readUInt32LE(0) !== ZIP64_EOCD.signature) throw new ZipError('its zip64 end record is damaged');
  const isWhole =
    record.readBigUInt64LE(4) === BigInt(ZIP64_EOCD.bytes - 12) &&
    record.readUInt32LE(16) === 0 &&
    record.readUInt32LE(20) === 0 &&
    record.readBigUInt64LE(24) === record.readBigUInt64LE(32);
  if (!isWhole) throw new ZipError('its zip64 end record is damaged, or of a zip in several files');
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
    throw new ZipError('its zip64 end record has impossible sizes');
  return Number(value);
}
