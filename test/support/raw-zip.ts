import { crc32, deflateRawSync } from 'node:zlib';

/** Fields of one header of an entry that differ from the correct values. */
export interface RawHeader {
  readonly flags?: number;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
  /** All extra fields, encoded. */
  readonly extra?: Buffer;
}

/** An entry, stored by default. */
export interface RawEntry {
  readonly name: string | Buffer;
  readonly data?: string | Uint8Array;
  readonly deflated?: boolean;
  readonly local?: RawHeader;
  readonly central?: RawHeader;
}

/** Encodes an extra field: id, length, data. */
export function extraField(id: number, ...data: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(id);
  header.writeUInt16LE(Buffer.concat(data).length, 2);
  return Buffer.concat([header, ...data]);
}

/** Encodes Info-ZIP's Unicode Path field; `rawName` determines its CRC-32. */
export function unicodePath(rawName: string | Buffer, unicodeName: string | Buffer): Buffer {
  const start = Buffer.from([1, 0, 0, 0, 0]);
  start.writeUInt32LE(crc32(rawName), 1);
  return extraField(0x7075, start, Buffer.from(unicodeName));
}

/** Encodes a zip64 field of 64-bit values. */
export function zip64(...values: readonly number[]): Buffer {
  const data = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) data.writeBigUInt64LE(BigInt(value), 8 * index);
  return extraField(0x0001, data);
}

/** Encodes a zip, with any values in its headers. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data = '', deflated = false, local = {}, central = {} } of entries) {
    const rawName = Buffer.from(name);
    const content = Buffer.from(data);
    const body = deflated ? deflateRawSync(content) : content;
    const method = deflated ? 8 : 0;
    const truth = { method, crc: crc32(content), compressedSize: body.length, size: content.length };
    const extra = { local: local.extra ?? Buffer.alloc(0), central: central.extra ?? Buffer.alloc(0) };
    const localHeader = Buffer.alloc(30);
    localHeader.writeUInt32LE(0x04034b50);
    writeCommon(localHeader, 4, { ...truth, ...local }, rawName.length, extra.local.length);
    const centralHeader = Buffer.alloc(46);
    centralHeader.writeUInt32LE(0x02014b50);
    centralHeader.writeUInt16LE(0x0314, 4);
    writeCommon(centralHeader, 6, { ...truth, ...central }, rawName.length, extra.central.length);
    centralHeader.writeUInt32LE((0o100644 << 16) >>> 0, 38);
    centralHeader.writeUInt32LE(offset, 42);
    parts.push(localHeader, rawName, extra.local, body);
    directory.push(centralHeader, rawName, extra.central);
    offset += 30 + rawName.length + extra.local.length + body.length;
  }
  const directoryBytes = Buffer.concat(directory);
  return Buffer.concat([
    ...parts,
    directoryBytes,
    ...encodeEocd(entries.length, directoryBytes.length, offset),
  ]);
}

/** Encodes the end of central directory record, preceded by the zip64 one and its locator if there are too many entries. */
function encodeEocd(count: number, size: number, offset: number): Buffer[] {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  if (count < 0xffff) return [end];
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(size), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return [end64, locator, end];
}

/** Writes the fields of both headers, from "version needed to extract" on. */
function writeCommon(
  header: Buffer,
  at: number,
  fields: Required<Omit<RawHeader, 'flags' | 'extra'>> & { readonly flags?: number; readonly method: number },
  nameLength: number,
  extraLength: number,
): void {
  header.writeUInt16LE(45, at);
  header.writeUInt16LE(fields.flags ?? 0, at + 2);
  header.writeUInt16LE(fields.method, at + 4);
  header.writeUInt32LE(fields.crc, at + 10);
  header.writeUInt32LE(fields.compressedSize, at + 14);
  header.writeUInt32LE(fields.size, at + 18);
  header.writeUInt16LE(nameLength, at + 22);
  header.writeUInt16LE(extraLength, at + 24);
}
