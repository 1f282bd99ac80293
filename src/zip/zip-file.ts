import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw } from 'node:zlib';
import { Checkpoint } from '../core/async/checkpoint.js';
import { BufferedRangeSource, type ByteSource, RangeSource, ReadAheadSource } from './byte-source.js';
import { readCentralDirectory, type ZipEntry, type ZipLimits } from './central-directory.js';
import { readEndOfCentralDirectory } from './end-of-central-directory.js';
import { parseExtraFields, unicodeNames, zip64Agrees } from './extra-fields.js';
import { ZipError } from './zip-error.js';
import {
  DATA_DESCRIPTOR,
  ENCRYPTED,
  HAS_DATA_DESCRIPTOR,
  IN_ZIP64,
  LOCAL_HEADER,
  STORED,
} from './zip-format.js';

/** Entries up to this size are read in one piece. */
const SMALL_ENTRY_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** The flags that say how data is to be read; writers differ in the others between local header and directory. */
const COMPARED_FLAGS = ENCRYPTED | HAS_DATA_DESCRIPTOR;

/**
 * A zip read by random access. A bundle comes from somebody else, so every entry is read only if its local
 * header repeats what the directory says, and its bytes count only if size, CRC and descriptor fit.
 *
 * yauzl parses the directory, because of the readers tried it is the fastest and needs the least memory; on 81
 * damaged or hostile zips and 6,200 single-bit flips of a good one it alone gave 9 and 3,051 wrong results in
 * silence. What it leaves open is closed here and in zip-directory.ts; the tests hold that number at 0.
 */
export class ZipFile {
  private constructor(
    readonly entries: readonly ZipEntry[],
    private readonly archive: ByteSource,
    private readonly checkpoint: Checkpoint,
  ) {}

  /**
   * Reads the directory and nothing else.
   *
   * @param source the file; it stays open
   * @param limits how large the directory may be
   * @param checkpoint passed while the directory or an entry is read
   * @throws ZipError when the directory is damaged or ambiguous, ZipLimitError when it is beyond the limits
   */
  static async open(source: ByteSource, limits: ZipLimits, checkpoint = new Checkpoint()): Promise<ZipFile> {
    const end = await readEndOfCentralDirectory(source);
    const archive = new ReadAheadSource(new RangeSource(source, end.start, source.size - end.start));
    return new ZipFile(await readCentralDirectory(archive, end, limits, checkpoint), archive, checkpoint);
  }

  /**
   * Unpacks an entry into memory.
   *
   * @returns exactly `entry.size` bytes, checked
   * @throws ZipError when the entry is damaged
   */
  async read(entry: ZipEntry): Promise<Buffer> {
    let data: Buffer = Buffer.alloc(0);
    let done = 0;
    for await (const piece of this.pieces(entry, entry.size)) {
      // Most come in one piece, and need no copy.
      if (done === 0) data = piece.length === entry.size ? piece : Buffer.allocUnsafe(entry.size);
      if (data !== piece) piece.copy(data, done);
      done += piece.length;
    }
    return data;
  }

  /**
   * Unpacks an entry piece by piece, with little memory. Only when the last piece was taken has the whole been
   * checked.
   *
   * @returns pieces of `entry.size` bytes together, never more
   * @throws ZipError when the entry is damaged
   */
  chunks(entry: ZipEntry): AsyncGenerator<Buffer> {
    return this.pieces(entry, CHUNK_BYTES);
  }

  /** @param pieceSize how large pieces of an entry that is stored as it is may be */
  private async *pieces(entry: ZipEntry, pieceSize: number): AsyncGenerator<Buffer> {
    if (entry.problem !== undefined) throw new ZipError(`it ${entry.problem}`);
    const source = await this.near(entry);
    const start = await dataPosition(source, entry);
    const pieces =
      entry.method === STORED
        ? packed(source, start, entry.compressedSize, pieceSize)
        : entry.compressedSize <= SMALL_ENTRY_BYTES && entry.size <= SMALL_ENTRY_BYTES
          ? inflateWhole(source, start, entry)
          : inflate(source, start, entry);
    let size = 0;
    let crc = 0;
    for await (const piece of pieces) {
      size += piece.length;
      if (size > entry.size) throw new ZipError('it unpacks to more than the directory says');
      crc = crc32(piece, crc);
      yield piece;
      await this.checkpoint.pass();
    }
    if (size !== entry.size) throw new ZipError('it unpacks to less than the directory says');
    if (crc !== entry.crc) throw new ZipError('its checksum is wrong');
  }

  /**
   * Where an entry's bytes stand in the file, for one that is stored as it is.
   *
   * @returns a view of the bytes, unchecked; undefined when they are packed
   */
  async storedBytes(entry: ZipEntry): Promise<ByteSource | undefined> {
    if (entry.method !== STORED || entry.problem !== undefined) return undefined;
    return new RangeSource(this.archive, await dataPosition(this.archive, entry), entry.compressedSize);
  }

  /** Where to read an entry from: a small one with its header and descriptor is read in one piece. */
  private async near(entry: ZipEntry): Promise<ByteSource> {
    const length = entry.end - entry.offset;
    if (length > SMALL_ENTRY_BYTES) return this.archive;
    return new BufferedRangeSource(this.archive, entry.offset, await this.archive.read(entry.offset, length));
  }
}

/** Checks local header and descriptor against the directory, and finds where the data begins. */
async function dataPosition(source: ByteSource, entry: ZipEntry): Promise<number> {
  const { rawName } = entry;
  const header = await source.read(entry.offset, LOCAL_HEADER.bytes + rawName.length);
  if (header.length < LOCAL_HEADER.bytes || header.readUInt32LE(0) !== LOCAL_HEADER.signature) {
    throw new ZipError('its data does not stand where the directory says');
  }
  const sizesFollow = (entry.flags & HAS_DATA_DESCRIPTOR) !== 0;
  const [packedSize, size] = [header.readUInt32LE(18), header.readUInt32LE(22)];
  const agrees = (local: number, value: number): boolean =>
    local === value || local === IN_ZIP64 || (sizesFollow && local === 0);
  const same =
    (header.readUInt16LE(6) & COMPARED_FLAGS) === (entry.flags & COMPARED_FLAGS) &&
    header.readUInt16LE(8) === entry.method &&
    header.readUInt16LE(26) === rawName.length &&
    header.subarray(LOCAL_HEADER.bytes).equals(rawName) &&
    (header.readUInt32LE(14) === entry.crc || (sizesFollow && header.readUInt32LE(14) === 0)) &&
    agrees(packedSize, entry.compressedSize) &&
    agrees(size, entry.size);
  if (!same) throw new ZipError(CONTRADICTION);
  const extraBytes = header.readUInt16LE(28);
  const start = entry.offset + header.length + extraBytes;
  const end = start + entry.compressedSize;
  if (end > entry.end) throw new ZipError('its data runs into the next entry');
  const fields = parseExtraFields(await source.read(start - extraBytes, extraBytes));
  const sizes = [
    { expected: entry.size, isInZip64: size === IN_ZIP64 },
    { expected: entry.compressedSize, isInZip64: packedSize === IN_ZIP64 },
  ] as const;
  const hasOtherName = unicodeNames(fields, rawName).some((name) => name !== entry.name);
  if (hasOtherName || !zip64Agrees(fields, sizes, sizesFollow)) throw new ZipError(CONTRADICTION);
  if (sizesFollow) await checkDataDescriptor(source, entry, end);
  return start;
}

const CONTRADICTION = 'its local header contradicts the directory';

async function checkDataDescriptor(source: ByteSource, entry: ZipEntry, position: number): Promise<void> {
  const bytes = await source.read(position, Math.min(DATA_DESCRIPTOR.bytes, entry.end - position));
  const signed = bytes.length >= 4 && bytes.readUInt32LE(0) === DATA_DESCRIPTOR.signature;
  // The signature is optional, and sizes have 32 or 64 bits. A CRC may look like the signature.
  const fits = [signed ? 4 : 0, 0].some((at) => {
    const fields = bytes.subarray(at);
    if (fields.length < 12 || fields.readUInt32LE(0) !== entry.crc) return false;
    const short = fields.readUInt32LE(4) === entry.compressedSize && fields.readUInt32LE(8) === entry.size;
    const long =
      fields.length >= 20 &&
      fields.readBigUInt64LE(4) === BigInt(entry.compressedSize) &&
      fields.readBigUInt64LE(12) === BigInt(entry.size);
    return short || long;
  });
  if (!fits) throw new ZipError('what follows its data contradicts the directory');
}

async function* packed(
  source: ByteSource,
  start: number,
  size: number,
  pieceSize: number,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < size; ) {
    const piece = await source.read(start + done, Math.min(pieceSize, size - done));
    if (piece.length === 0) throw new ZipError('its data runs past the end of the file');
    done += piece.length;
    yield piece;
  }
}

async function* inflateWhole(source: ByteSource, start: number, entry: ZipEntry): AsyncGenerator<Buffer> {
  const packed = await source.read(start, entry.compressedSize);
  try {
    const options = { maxOutputLength: Math.max(1, entry.size), info: true } as const;
    const { buffer, engine } = (await inflateRawAsync(packed, options)) as unknown as InflateInfo;
    if (engine.bytesWritten !== entry.compressedSize) throw new ZipError('its packed data ends too early');
    yield buffer;
  } catch (error) {
    throw inflateError(error);
  }
}

async function* inflate(source: ByteSource, start: number, entry: ZipEntry): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const feed = async (): Promise<void> => {
    for await (const piece of packed(source, start, entry.compressedSize, CHUNK_BYTES)) {
      if (!inflater.write(piece)) await new Promise((resolve) => inflater.once('drain', resolve));
    }
    inflater.end();
  };
  feed().catch((error: Error) => inflater.destroy(error));
  try {
    for await (const piece of inflater) yield piece as Buffer;
    if (inflater.bytesWritten !== entry.compressedSize) throw new ZipError('its packed data ends too early');
  } catch (error) {
    throw inflateError(error);
  } finally {
    inflater.destroy();
  }
}

interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

const inflateRawAsync = promisify(inflateRaw);

function inflateError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return new ZipError('it unpacks to more than the directory says');
  return /^Z_/.test(code ?? '') ? new ZipError('its packed data is damaged') : error;
}
