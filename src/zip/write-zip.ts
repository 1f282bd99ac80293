import { crc32 } from 'node:zlib';
import pako from 'pako';
import { Checkpoint } from '../core/async/checkpoint.js';
import { unicodePathField } from './extra-fields.js';
import {
  CENTRAL_DIRECTORY_HEADER,
  DEFLATED,
  EOCD,
  LOCAL_HEADER,
  STORED,
  UTF8_NAME,
  ZIP64_EOCD,
  ZIP64_EOCD_LOCATOR,
} from './zip-format.js';

/** A file to be put into a zip. */
export interface ZipFileContent {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * Builds a zip whose bytes depend on names, content and order of the files alone: fixed times and modes, and a
 * compressor in JavaScript that works the same on every machine.
 * Format: APPNOTE.TXT 6.3.10, section 4.3.
 *
 * @param files in the order in which they are to be in the zip; each is asked for once those before it are packed
 * @param mode the Unix mode of every file
 * @param checkpoint passed while files are packed
 * @throws Error when two files have one name
 * @returns the zip; .zip and .jar files in it are stored, being compressed already, so that they can be looked into
 */
export async function writeZip(
  files: Iterable<ZipFileContent> | AsyncIterable<ZipFileContent>,
  mode: number,
  checkpoint = new Checkpoint(),
): Promise<Uint8Array> {
  const names = new Set<string>();
  const content: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for await (const { name, data } of files) {
    if (names.has(name)) throw new Error(`two files of a zip have the name ${name}`);
    names.add(name);
    const isStored = data.length === 0 || /\.(?:zip|jar)$/.test(name);
    const packed = isStored ? data : await deflate(data, checkpoint);
    const entry: Entry = {
      name: Buffer.from(name),
      method: isStored ? STORED : DEFLATED,
      crc: crc32(data),
      packedSize: packed.length,
      size: data.length,
    };
    const header = localHeader(entry);
    content.push(header, packed);
    directory.push(directoryHeader(entry, mode, offset));
    offset += header.length + packed.length;
    await checkpoint.pass();
  }
  const directoryBytes = Buffer.concat(directory);
  content.push(directoryBytes, endRecords(names.size, directoryBytes.length, offset));
  return Buffer.concat(content);
}

/** As much is packed between two checkpoints. */
const CHUNK_BYTES = 64 * 1024;

async function deflate(data: Uint8Array, checkpoint: Checkpoint): Promise<Uint8Array> {
  const deflater = new pako.Deflate({ raw: true, level: 9 });
  for (let done = 0; done < data.length; done += CHUNK_BYTES) {
    deflater.push(data.subarray(done, done + CHUNK_BYTES), false);
    await checkpoint.pass();
  }
  deflater.push(new Uint8Array(0), true);
  return deflater.result as Uint8Array;
}

/** What the headers say of a file. */
interface Entry {
  readonly name: Buffer;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
}

/** What is asked of readers: zip 1.0. */
const VERSION_NEEDED = 10;
/** Made on Unix, to version 3.0 of the format. */
const MADE_BY = (3 << 8) | 30;
/** 1 January 1980, the earliest day that a zip can state. */
const DATE = (1 << 5) | 1;

function localHeader(entry: Entry): Buffer {
  const { name } = entry;
  const extra = extraData(name);
  const header = Buffer.alloc(LOCAL_HEADER.bytes);
  header.writeUInt32LE(LOCAL_HEADER.signature);
  writeCommonFields(header, 4, entry, extra);
  return Buffer.concat([header, name, extra]);
}

function directoryHeader(entry: Entry, mode: number, offset: number): Buffer {
  const { name } = entry;
  const extra = extraData(name);
  const header = Buffer.alloc(CENTRAL_DIRECTORY_HEADER.bytes);
  header.writeUInt32LE(CENTRAL_DIRECTORY_HEADER.signature);
  header.writeUInt16LE(MADE_BY, 4);
  writeCommonFields(header, 6, entry, extra);
  header.writeUInt16LE(mode, 40);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name, extra]);
}

/** Readers differ in what they make of a name beyond ASCII unless flag and field both say that it is UTF-8. */
function extraData(name: Buffer): Buffer {
  return isAscii(name) ? Buffer.alloc(0) : unicodePathField(name);
}

function isAscii(name: Buffer): boolean {
  return name.every((byte) => byte < 0x80);
}

/** The fields that both headers have, from "version needed" to the lengths. */
function writeCommonFields(header: Buffer, at: number, entry: Entry, extra: Buffer): void {
  header.writeUInt16LE(VERSION_NEEDED, at);
  header.writeUInt16LE(isAscii(entry.name) ? 0 : UTF8_NAME, at + 2);
  header.writeUInt16LE(entry.method, at + 4);
  header.writeUInt16LE(DATE, at + 8);
  header.writeUInt32LE(entry.crc, at + 10);
  header.writeUInt32LE(entry.packedSize, at + 14);
  header.writeUInt32LE(entry.size, at + 18);
  header.writeUInt16LE(entry.name.length, at + 22);
  header.writeUInt16LE(extra.length, at + 24);
}

/** The end record; before it a zip64 one if there are more entries than the former can count. */
function endRecords(count: number, directorySize: number, directoryOffset: number): Buffer {
  const isMany = count >= EOCD.largestCount;
  const end = Buffer.alloc(EOCD.bytes);
  end.writeUInt32LE(EOCD.signature);
  end.writeUInt16LE(isMany ? EOCD.largestCount : count, 8);
  end.writeUInt16LE(isMany ? EOCD.largestCount : count, 10);
  end.writeUInt32LE(directorySize, 12);
  end.writeUInt32LE(directoryOffset, 16);
  if (!isMany) return end;
  const end64 = Buffer.alloc(ZIP64_EOCD.bytes);
  end64.writeUInt32LE(ZIP64_EOCD.signature);
  end64.writeBigUInt64LE(BigInt(ZIP64_EOCD.bytes - 12), 4);
  end64.writeUInt16LE(MADE_BY, 12);
  end64.writeUInt16LE(ZIP64_EOCD.versionNeeded, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(directorySize), 40);
  end64.writeBigUInt64LE(BigInt(directoryOffset), 48);
  const locator = Buffer.alloc(ZIP64_EOCD_LOCATOR.bytes);
  locator.writeUInt32LE(ZIP64_EOCD_LOCATOR.signature);
  locator.writeBigUInt64LE(BigInt(directoryOffset + directorySize), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}
