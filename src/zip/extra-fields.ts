import { crc32 } from 'node:zlib';
import { decodeUtf8 } from '../core/text.js';
import { ZipError } from './zip-error.js';
import { UNICODE_PATH, ZIP64_FIELD } from './zip-format.js';

/** What a zip says of an entry beyond its fixed fields, in the directory or in the local header. */
export interface ExtraField {
  readonly id: number;
  readonly data: Buffer;
}

/**
 * Splits the extra data of a local header into its fields.
 * Format: APPNOTE.TXT 6.3.10, section 4.5.1. Up to three bytes that are left over are padding, which tools for jars add.
 *
 * @throws ZipError when a field is longer than the data
 */
export function parseExtraFields(bytes: Buffer): ExtraField[] {
  const fields: ExtraField[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (end > bytes.length) throw new ZipError('the extra fields of its local header are malformed');
    fields.push({ id: bytes.readUInt16LE(at), data: bytes.subarray(at + 4, end) });
    at = end;
  }
  return fields;
}

/**
 * The names that Info-ZIP's Unicode Path fields give an entry. A field counts if it is made for the name that it
 * stands beside; readers that take it prefer it, and differ in which of several they take.
 * Format: APPNOTE.TXT 6.3.10, section 4.6.9.
 *
 * @param rawName the entry's name as it is written before the fields
 * @returns one name per field that counts; undefined for one that is not UTF-8
 */
export function unicodeNames(fields: readonly ExtraField[], rawName: Buffer): (string | undefined)[] {
  return fields
    .filter(
      ({ id, data }) =>
        id === UNICODE_PATH && data.length > 5 && data[0] === 1 && data.readUInt32LE(1) === crc32(rawName),
    )
    .map(({ data }) => decodeUtf8(data.subarray(5)));
}

/** A Unicode Path field for a name that is UTF-8 already. */
export function unicodePathField(name: Buffer): Buffer {
  const start = Buffer.alloc(9);
  start.writeUInt16LE(UNICODE_PATH);
  start.writeUInt16LE(5 + name.length, 2);
  start[4] = 1;
  start.writeUInt32LE(crc32(name), 5);
  return Buffer.concat([start, name]);
}

/** A size in a local header: what it may be, and whether the header leaves it to the zip64 field. */
export interface LocalSize {
  readonly expected: number;
  readonly isInZip64: boolean;
}

/**
 * Whether the zip64 fields of a local header give the sizes that the header leaves to them. A field there should hold
 * both sizes; readers take either the first ones that they need or those at the places of both.
 * Format: APPNOTE.TXT 6.3.10, section 4.5.3.
 *
 * @param sizes the unpacked and the packed size, in this order
 * @param mayBeZero whether sizes follow the data, and so need not be known here
 */
export function zip64Agrees(
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
