import { crc32 } from 'node:zlib';
import { decodeUtf8 } from '../core/text.js';
import { ZipError } from './zip-error.js';
import { UNICODE_PATH, ZIP64_FIELD } from './zip-format.js';

/** An extra field of an entry, from the central directory or the local file header. */
export interface ExtraField {
  readonly id: number;
  readonly data: Buffer;
}

/**
 * Parses the extra fields of a local file header. Up to three remaining bytes are padding, which tools for jars add.
 * Format: APPNOTE.TXT 6.3.10, section 4.5.1.
 *
 * @throws ZipError if a field is longer than the data
 */
export function parseExtraFields(bytes: Buffer): ExtraField[] {
  const fields: ExtraField[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (end > bytes.length) throw new ZipError('the extra fields of its local file header are malformed');
    fields.push({ id: bytes.readUInt16LE(at), data: bytes.subarray(at + 4, end) });
    at = end;
  }
  return fields;
}

/**
 * Returns the names in Info-ZIP's Unicode Path fields. A field is valid if its CRC-32 matches the name in the header.
 * Readers that support the field prefer it to that name, and differ in which of several fields they use.
 * Format: APPNOTE.TXT 6.3.10, section 4.6.9.
 *
 * @param rawName the name in the header
 * @returns a name for each valid field; undefined for a name that is not UTF-8
 */
export function readUnicodeNames(fields: readonly ExtraField[], rawName: Buffer): (string | undefined)[] {
  return fields
    .filter(
      ({ id, data }) =>
        id === UNICODE_PATH && data.length > 5 && data[0] === 1 && data.readUInt32LE(1) === crc32(rawName),
    )
    .map(({ data }) => decodeUtf8(data.subarray(5)));
}

/** Encodes a Unicode Path field for a name that is UTF-8 in the header as well. */
export function encodeUnicodePath(name: Buffer): Buffer {
  const start = Buffer.alloc(9);
  start.writeUInt16LE(UNICODE_PATH);
  start.writeUInt16LE(5 + name.length, 2);
  start[4] = 1;
  start.writeUInt32LE(crc32(name), 5);
  return Buffer.concat([start, name]);
}

/** A size in a local file header: its correct value, and whether it is in the zip64 field instead. */
export interface LocalSize {
  readonly expected: number;
  readonly isInZip64: boolean;
}

/**
 * Checks the sizes in the zip64 fields of a local file header. There a field should hold both sizes; readers use either
 * the first values for the sizes that the header lacks, or the values at the fixed positions of both sizes.
 * Format: APPNOTE.TXT 6.3.10, section 4.5.3.
 *
 * @param sizes the uncompressed and the compressed size
 * @param mayBeZero true if the sizes are in a data descriptor
 * @returns true if all fields hold the correct sizes, however they are read
 */
export function matchesZip64(
  fields: readonly ExtraField[],
  sizes: readonly [LocalSize, LocalSize],
  mayBeZero: boolean,
): boolean {
  const needed = sizes.filter(({ isInZip64 }) => isInZip64);
  if (needed.length === 0) return true;
  const zip64 = fields.filter(({ id }) => id === ZIP64_FIELD);
  const holds = (data: Buffer, values: readonly LocalSize[]): boolean =>
    data.length >= 8 * values.length &&
    values.every(({ expected }, index) => {
      const value = data.readBigUInt64LE(8 * index);
      return value === BigInt(expected) || (mayBeZero && value === 0n);
    });
  return (
    zip64.length > 0 &&
    zip64.every(({ data }) => holds(data, needed) && (data.length < 16 || holds(data, sizes)))
  );
}
