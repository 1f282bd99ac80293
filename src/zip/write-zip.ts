import { crc32 } from 'node:zlib';
import { Deflate, deflateSync } from 'fflate';
import { Checkpoint } from '../core/async/checkpoint.js';
import { encodeUnicodePath } from './extra-fields.js';
import {
  CENTRAL_DIRECTORY_HEADER,
  DEFLATED,
  EOCD,
  LOCAL_FILE_HEADER,
  STORED,
  UTF8_NAME,
  ZIP64_EOCD,
  ZIP64_EOCD_LOCATOR,
} from './zip-format.js';

/** A file to write to a zip. */
export interface ZipFileContent {
  readonly name: string;
  readonly data: Uint8Array | ZipBytes;
}

/** A zip in the pieces in which it was built, so that its content is in memory only once. */
export interface ZipBytes {
  readonly chunks: readonly Uint8Array[];
  /** The number of bytes in all chunks. */
  readonly size: number;
}

/**
 * Writes a reproducible zip: times and modes are fixed, and the compressor is in JavaScript, so that its output is the
 * same on every machine.
 * Format: APPNOTE.TXT 6.3.10, section 4.3.
 *
 * @param files in the order of the zip; consumed one at a time, and small ones are not used after the next one was requested
 * @param mode the Unix mode of all files
 * @param checkpoint passed while files are compressed
 * @returns the zip; .zip and .jar files are stored, because they are compressed already and can then be read in place
 * @throws Error if two files have the same name
 */
export async function writeZip(
  files: Iterable<ZipFileContent> | AsyncIterable<ZipFileContent>,
  mode: number,
  checkpoint = new Checkpoint(),
): Promise<ZipBytes> {
  const names = new Set<string>();
  const output = new Blocks();
  const directory: Uint8Array[] = [];
  let offset = 0;
  for await (const { name, data } of files) {
    if (names.has(name)) throw new Error(`two files in a zip have the name ${name}`);
    names.add(name);
    const content = data instanceof Uint8Array ? { chunks: [data], size: data.length } : data;
    const isStored = content.size === 0 || /\.(?:zip|jar)$/.test(name);
    const compressed = isStored ? content : await deflate(content, checkpoint);
    const entry: Entry = {
      name: Buffer.from(name),
      method: isStored ? STORED : DEFLATED,
      crc: content.chunks.reduce((crc, chunk) => crc32(chunk, crc), 0),
      compressedSize: compressed.size,
      size: content.size,
    };
    const header = encodeLocalFileHeader(entry);
    output.push(header);
    for (const chunk of compressed.chunks) output.push(chunk);
    directory.push(encodeDirectoryHeader(entry, mode, offset));
    offset += header.length + compressed.size;
    await checkpoint.pass();
  }
  const directoryBytes = Buffer.concat(directory);
  output.push(directoryBytes);
  output.push(encodeEocd(names.size, directoryBytes.length, offset));
  return output.toZipBytes();
}

const BLOCK_BYTES = 1024 * 1024;

/**
 * Collects bytes in large blocks. Thousands of small buffers that stay, between large ones that do not, would fragment the
 * memory.
 */
class Blocks {
  private readonly full: Uint8Array[] = [];
  private block = Buffer.alloc(0);
  private used = 0;
  private size = 0;

  push(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (bytes.length >= BLOCK_BYTES) {
      this.close();
      this.full.push(bytes);
      return;
    }
    for (let done = 0; done < bytes.length; ) {
      if (this.used === this.block.length) {
        this.close();
        this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      }
      const piece = bytes.subarray(done, done + this.block.length - this.used);
      this.block.set(piece, this.used);
      this.used += piece.length;
      done += piece.length;
    }
  }

  toZipBytes(): ZipBytes {
    this.close();
    return { chunks: this.full, size: this.size };
  }

  private close(): void {
    if (this.used > 0) this.full.push(this.block.subarray(0, this.used));
    this.block = Buffer.alloc(0);
    this.used = 0;
  }
}

/** Input compressed between two checkpoints. The output depends on it. */
const CHUNK_BYTES = 64 * 1024;
/**
 * A hash table with 2 to the power of 12 + 1 entries, which is as fast as a larger one for the small files of dependencies.
 * The default depends on a logarithm, whose last digit may differ between machines.
 */
const DEFLATE = { level: 6, mem: 1 } as const;

async function deflate({ chunks, size }: ZipBytes, checkpoint: Checkpoint): Promise<ZipBytes> {
  const [only] = chunks;
  // A small file needs no window, which takes longer to allocate than to use.
  if (only?.length === size && size <= CHUNK_BYTES) {
    const bytes = deflateSync(only, DEFLATE);
    return { chunks: [bytes], size: bytes.length };
  }
  const compressed: Uint8Array[] = [];
  let compressedSize = 0;
  const deflater = new Deflate(DEFLATE, (chunk) => {
    compressed.push(chunk);
    compressedSize += chunk.length;
  });
  let done = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
      const piece = chunk.subarray(at, at + CHUNK_BYTES);
      done += piece.length;
      deflater.push(piece, done === size);
      await checkpoint.pass();
    }
  }
  return { chunks: compressed, size: compressedSize };
}

/** The fields of both headers. */
interface Entry {
  readonly name: Buffer;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
}

/** Version needed to extract: 1.0. */
const VERSION_NEEDED = 10;
/** Version made by: 3.0 on Unix. */
const MADE_BY = (3 << 8) | 30;
/** 1 January 1980, the earliest date of the format. */
const DATE = (1 << 5) | 1;

function encodeLocalFileHeader(entry: Entry): Buffer {
  const { name } = entry;
  const extra = encodeExtraFields(name);
  const header = Buffer.alloc(LOCAL_FILE_HEADER.bytes);
  header.writeUInt32LE(LOCAL_FILE_HEADER.signature);
  writeCommonFields(header, 4, entry, extra);
  return Buffer.concat([header, name, extra]);
}

function encodeDirectoryHeader(entry: Entry, mode: number, offset: number): Buffer {
  const { name } = entry;
  const extra = encodeExtraFields(name);
  const header = Buffer.alloc(CENTRAL_DIRECTORY_HEADER.bytes);
  header.writeUInt32LE(CENTRAL_DIRECTORY_HEADER.signature);
  header.writeUInt16LE(MADE_BY, 4);
  writeCommonFields(header, 6, entry, extra);
  header.writeUInt16LE(mode, 40);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name, extra]);
}

/** Readers decode non-ASCII names differently unless both the flag and this field mark them as UTF-8. */
function encodeExtraFields(name: Buffer): Buffer {
  return isAscii(name) ? Buffer.alloc(0) : encodeUnicodePath(name);
}

function isAscii(name: Buffer): boolean {
  return name.every((byte) => byte < 0x80);
}

/** Writes the fields that both headers have, from "version needed to extract" to "extra field length". */
function writeCommonFields(header: Buffer, at: number, entry: Entry, extra: Buffer): void {
  header.writeUInt16LE(VERSION_NEEDED, at);
  header.writeUInt16LE(isAscii(entry.name) ? 0 : UTF8_NAME, at + 2);
  header.writeUInt16LE(entry.method, at + 4);
  header.writeUInt16LE(DATE, at + 8);
  header.writeUInt32LE(entry.crc, at + 10);
  header.writeUInt32LE(entry.compressedSize, at + 14);
  header.writeUInt32LE(entry.size, at + 18);
  header.writeUInt16LE(entry.name.length, at + 22);
  header.writeUInt16LE(extra.length, at + 24);
}

/** Encodes the end of central directory record, preceded by the zip64 one and its locator if there are too many entries. */
function encodeEocd(count: number, directorySize: number, directoryOffset: number): Buffer {
  const needsZip64 = count >= EOCD.maxCount;
  const end = Buffer.alloc(EOCD.bytes);
  end.writeUInt32LE(EOCD.signature);
  end.writeUInt16LE(needsZip64 ? EOCD.maxCount : count, 8);
  end.writeUInt16LE(needsZip64 ? EOCD.maxCount : count, 10);
  end.writeUInt32LE(directorySize, 12);
  end.writeUInt32LE(directoryOffset, 16);
  if (!needsZip64) return end;
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
