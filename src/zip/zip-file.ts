import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { Checkpoint } from '../core/async/checkpoint.js';
import { MIB } from '../core/units.js';
import { BufferedRangeSource, type ByteSource, RangeSource, ReadAheadSource } from './byte-source.js';
import { readCentralDirectory, type ZipEntry, type ZipLimits } from './central-directory.js';
import { readEndOfCentralDirectory } from './end-of-central-directory.js';
import { locateData } from './local-file-header.js';
import { ZipError } from './zip-error.js';
import { STORED } from './zip-format.js';

/** Entries up to this size are read in a single read. */
const SMALL_ENTRY_BYTES = MIB;
const CHUNK_BYTES = 256 * 1024;

const LARGER_THAN_DECLARED = 'its uncompressed size is larger than the central directory says';
const INCOMPLETE_DEFLATE = 'its deflated data ends before its compressed size';

/**
 * Random access to a zip that is not trusted: an entry is read only if its local file header agrees with the central
 * directory, and is valid only if size, CRC-32 and data descriptor match.
 *
 * yauzl parses the central directory, because it is the fastest of the readers tried and needs the least memory. On its
 * own it silently returned wrong results for 9 of 81 damaged or hostile zips and for 3,051 of 6,200 single-bit flips
 * of a valid one. The checks here, in central-directory.ts and in local-file-header.ts reduce that to 0, as tests show.
 */
export class ZipFile {
  private constructor(
    readonly entries: readonly ZipEntry[],
    private readonly archive: ByteSource,
    private readonly checkpoint: Checkpoint,
  ) {}

  /**
   * Reads the central directory only.
   *
   * @param source stays open
   * @param limits of the central directory
   * @param checkpoint passed while the central directory or an entry is read
   * @throws ZipError if the central directory is damaged or ambiguous, ZipLimitError if it exceeds the limits
   */
  static async open(source: ByteSource, limits: ZipLimits, checkpoint = new Checkpoint()): Promise<ZipFile> {
    const end = await readEndOfCentralDirectory(source);
    const archive = new ReadAheadSource(new RangeSource(source, end.start, source.size - end.start));
    return new ZipFile(await readCentralDirectory(archive, end, limits, checkpoint), archive, checkpoint);
  }

  /**
   * Reads an entry into memory.
   *
   * @param checkpoint passed after each chunk; the one of the zip by default
   * @returns exactly `entry.size` bytes, verified
   * @throws ZipError if the entry is damaged
   */
  async read(entry: ZipEntry, checkpoint = this.checkpoint): Promise<Buffer> {
    let data: Buffer = Buffer.alloc(0);
    let done = 0;
    for await (const chunk of this.readChunks(entry, entry.size, checkpoint)) {
      // Most entries are a single chunk, which is not copied.
      if (done === 0) data = chunk.length === entry.size ? chunk : Buffer.allocUnsafe(entry.size);
      if (data !== chunk) chunk.copy(data, done);
      done += chunk.length;
    }
    return data;
  }

  /**
   * Reads an entry in chunks, with little memory. It is verified only once the iteration has ended.
   *
   * @param checkpoint passed after each chunk; the one of the zip by default
   * @returns chunks with a total of `entry.size` bytes, never more
   * @throws ZipError if the entry is damaged
   */
  chunks(entry: ZipEntry, checkpoint = this.checkpoint): AsyncGenerator<Buffer> {
    return this.readChunks(entry, CHUNK_BYTES, checkpoint);
  }

  /** @param storedChunkBytes maximum size of a chunk of a stored entry */
  private async *readChunks(
    entry: ZipEntry,
    storedChunkBytes: number,
    checkpoint: Checkpoint,
  ): AsyncGenerator<Buffer> {
    if (entry.problem !== undefined) throw new ZipError(`it ${entry.problem}`);
    const source = await this.prefetch(entry);
    const start = await locateData(source, entry);
    const chunks =
      entry.method === STORED
        ? readRange(source, start, entry.compressedSize, storedChunkBytes)
        : entry.compressedSize <= SMALL_ENTRY_BYTES && entry.size <= SMALL_ENTRY_BYTES
          ? inflateSmall(source, start, entry)
          : inflate(source, start, entry);
    let size = 0;
    let crc = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > entry.size) throw new ZipError(LARGER_THAN_DECLARED);
      crc = crc32(chunk, crc);
      yield chunk;
      await checkpoint.pass();
    }
    if (size !== entry.size) {
      throw new ZipError('its uncompressed size is smaller than the central directory says');
    }
    if (crc !== entry.crc) throw new ZipError('its CRC-32 checksum is wrong');
  }

  /**
   * Gives random access to the data of a stored entry.
   *
   * @returns the data, not verified; undefined if the entry is deflated
   */
  async storedBytes(entry: ZipEntry): Promise<ByteSource | undefined> {
    if (entry.method !== STORED || entry.problem !== undefined) return undefined;
    return new RangeSource(this.archive, await locateData(this.archive, entry), entry.compressedSize);
  }

  /** Reads a small entry, its local file header and its data descriptor in a single read. */
  private async prefetch(entry: ZipEntry): Promise<ByteSource> {
    const length = entry.end - entry.offset;
    if (length > SMALL_ENTRY_BYTES) return this.archive;
    return new BufferedRangeSource(this.archive, entry.offset, await this.archive.read(entry.offset, length));
  }
}

async function* readRange(
  source: ByteSource,
  start: number,
  size: number,
  chunkBytes: number,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < size; ) {
    const chunk = await source.read(start + done, Math.min(chunkBytes, size - done));
    if (chunk.length === 0) throw new ZipError('its data extends beyond the end of the file');
    done += chunk.length;
    yield chunk;
  }
}

async function* inflateSmall(source: ByteSource, start: number, entry: ZipEntry): AsyncGenerator<Buffer> {
  const compressed = await source.read(start, entry.compressedSize);
  try {
    const options = { maxOutputLength: Math.max(1, entry.size), info: true } as const;
    const { buffer, engine } = inflateRawSync(compressed, options) as unknown as InflateInfo;
    if (engine.bytesWritten !== entry.compressedSize) throw new ZipError(INCOMPLETE_DEFLATE);
    yield buffer;
  } catch (error) {
    throw toInflateError(error);
  }
}

async function* inflate(source: ByteSource, start: number, entry: ZipEntry): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const feed = async (): Promise<void> => {
    for await (const chunk of readRange(source, start, entry.compressedSize, CHUNK_BYTES)) {
      if (!inflater.write(chunk)) await new Promise((resolve) => inflater.once('drain', resolve));
    }
    inflater.end();
  };
  feed().catch((error: Error) => inflater.destroy(error));
  try {
    for await (const chunk of inflater) yield chunk as Buffer;
    if (inflater.bytesWritten !== entry.compressedSize) throw new ZipError(INCOMPLETE_DEFLATE);
  } catch (error) {
    throw toInflateError(error);
  } finally {
    inflater.destroy();
  }
}

interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function toInflateError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return new ZipError(LARGER_THAN_DECLARED);
  return /^Z_/.test(code ?? '') ? new ZipError('its deflated data is damaged') : error;
}
