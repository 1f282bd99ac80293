import type { ByteSource } from './byte-source.js';
import type { ZipEntry } from './central-directory.js';
import { matchesZip64, parseExtraFields, readUnicodeNames } from './extra-fields.js';
import { ZipError } from './zip-error.js';
import {
  DATA_DESCRIPTOR,
  ENCRYPTED,
  HAS_DATA_DESCRIPTOR,
  IN_ZIP64,
  LOCAL_FILE_HEADER,
} from './zip-format.js';

/** The flags that determine how data is read. Writers set the others differently in the two headers. */
const COMPARED_FLAGS = ENCRYPTED | HAS_DATA_DESCRIPTOR;

const CONTRADICTION = 'its local file header contradicts the central directory';

/**
 * Compares local file header and data descriptor of an entry with the central directory, and returns the position of
 * the entry's data.
 * Format: APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.9.
 *
 * @throws ZipError if they contradict the central directory
 */
export async function locateData(source: ByteSource, entry: ZipEntry): Promise<number> {
  const { rawName } = entry;
  const header = await source.read(entry.offset, LOCAL_FILE_HEADER.bytes + rawName.length);
  if (header.length < LOCAL_FILE_HEADER.bytes || header.readUInt32LE(0) !== LOCAL_FILE_HEADER.signature) {
    throw new ZipError('its local file header is not where the central directory says');
  }
  const hasDescriptor = (entry.flags & HAS_DATA_DESCRIPTOR) !== 0;
  const [compressedSize, size] = [header.readUInt32LE(18), header.readUInt32LE(22)];
  const agrees = (local: number, value: number): boolean =>
    local === value || local === IN_ZIP64 || (hasDescriptor && local === 0);
  const isSame =
    (header.readUInt16LE(6) & COMPARED_FLAGS) === (entry.flags & COMPARED_FLAGS) &&
    header.readUInt16LE(8) === entry.method &&
    header.readUInt16LE(26) === rawName.length &&
    header.subarray(LOCAL_FILE_HEADER.bytes).equals(rawName) &&
    (header.readUInt32LE(14) === entry.crc || (hasDescriptor && header.readUInt32LE(14) === 0)) &&
    agrees(compressedSize, entry.compressedSize) &&
    agrees(size, entry.size);
  if (!isSame) throw new ZipError(CONTRADICTION);
  const extraBytes = header.readUInt16LE(28);
  const start = entry.offset + header.length + extraBytes;
  const end = start + entry.compressedSize;
  if (end > entry.end) throw new ZipError('its data overlaps the next entry or the central directory');
  const fields = parseExtraFields(await source.read(start - extraBytes, extraBytes));
  const sizes = [
    { expected: entry.size, isInZip64: size === IN_ZIP64 },
    { expected: entry.compressedSize, isInZip64: compressedSize === IN_ZIP64 },
  ] as const;
  const hasOtherName = readUnicodeNames(fields, rawName).some((name) => name !== entry.name);
  if (hasOtherName || !matchesZip64(fields, sizes, hasDescriptor)) throw new ZipError(CONTRADICTION);
  if (hasDescriptor) await checkDataDescriptor(source, entry, end);
  return start;
}

async function checkDataDescriptor(source: ByteSource, entry: ZipEntry, position: number): Promise<void> {
  const bytes = await source.read(position, Math.min(DATA_DESCRIPTOR.maxBytes, entry.end - position));
  const isSigned = bytes.length >= 4 && bytes.readUInt32LE(0) === DATA_DESCRIPTOR.signature;
  // The signature is optional, and sizes have 32 or 64 bits. A CRC-32 can look like the signature.
  const isValid = [isSigned ? 4 : 0, 0].some((at) => {
    const fields = bytes.subarray(at);
    if (fields.length < 12 || fields.readUInt32LE(0) !== entry.crc) return false;
    const matches32 =
      fields.readUInt32LE(4) === entry.compressedSize && fields.readUInt32LE(8) === entry.size;
    const matches64 =
      fields.length >= 20 &&
      fields.readBigUInt64LE(4) === BigInt(entry.compressedSize) &&
      fields.readBigUInt64LE(12) === BigInt(entry.size);
    return matches32 || matches64;
  });
  if (!isValid) throw new ZipError('its data descriptor is missing or contradicts the central directory');
}
