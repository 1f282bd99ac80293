import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import yauzl from 'yauzl';
import { type ByteSource, RangeSource } from './byte-source.js';
import { type EndRecord, readEndRecord, ZipError } from './end-record.js';
import { LIMITS } from './limits.js';

/** An entry of a zip's directory. */
export interface ZipEntry {
  /** The name; undefined bytes of it have been refused, so it is exactly what stands in the file. */
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  readonly raw: yauzl.Entry;
}

const LOCAL_HEADER_BYTES = 30;
const LOCAL_SIGNATURE = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** Bit 3: sizes and CRC stand behind the data and may be zero in the local header. */
const HAS_DESCRIPTOR = 0x8;
/** Bits 0, 6 and 13: encrypted, strongly encrypted, masked directory. */
const ENCRYPTED = 0x1 | 0x40 | 0x2000;

/**
 * A zip read by random access. The directory is parsed by yauzl; what yauzl leaves unchecked is checked here,
 * because a bundle comes from somebody else: every entry is read only if its local header repeats what the
 * directory says, and its bytes count only if size and CRC fit.
 */
export class ZipFile {
  private constructor(
    readonly entries: readonly ZipEntry[],
    private readonly archive: ByteSource,
  ) {}

  /**
   * Reads the directory and nothing else.
   *
   * @param source the file; it stays open
   * @throws ZipError when the directory is damaged, ambiguous or beyond the limits
   */
  static async open(source: ByteSource): Promise<ZipFile> {
    const end = await readEndRecord(source);
    checkDirectory(end);
    const archive = new RangeSource(source, end.start, source.size - end.start);
    const entries = await readDirectory(archive, end);
    return new ZipFile(entries, archive);
  }

  /**
   * Unpacks an entry into memory.
   *
   * @returns exactly `entry.size` bytes, whose CRC was checked
   * @throws ZipError when the entry is damaged, encrypted or packed by an unknown method
   */
  async read(entry: ZipEntry): Promise<Buffer> {
    const { raw } = entry;
    const packed = await this.archive.read(await this.dataPosition(entry), raw.compressedSize);
    if (packed.length !== raw.compressedSize) throw new ZipError('its data runs past the end of the file');
    const data = raw.compressionMethod === STORED ? packed : await inflate(packed, raw.uncompressedSize);
    if (data.length !== raw.uncompressedSize) throw new ZipError('its size is not the one in the directory');
    if (crc32(data) !== raw.crc32) throw new ZipError('its checksum is wrong: the file is damaged');
    return data;
  }

  /** Checks the local header against the directory and finds where the data begins. */
  private async dataPosition({ raw }: ZipEntry): Promise<number> {
    if ((raw.generalPurposeBitFlag & ENCRYPTED) !== 0) throw new ZipError('it is encrypted');
    if (raw.compressionMethod !== STORED && raw.compressionMethod !== DEFLATED) {
      throw new ZipError(
        `it is packed by method ${raw.compressionMethod}; only stored and deflate are allowed`,
      );
    }
    const offset = raw.relativeOffsetOfLocalHeader;
    const header = await this.archive.read(offset, LOCAL_HEADER_BYTES + raw.fileNameRaw.length);
    if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE) {
      throw new ZipError('its data does not stand where the directory says');
    }
    const sizesFollow = (header.readUInt16LE(6) & HAS_DESCRIPTOR) !== 0;
    const same =
      header.readUInt16LE(6) === raw.generalPurposeBitFlag &&
      header.readUInt16LE(8) === raw.compressionMethod &&
      header.readUInt16LE(26) === raw.fileNameRaw.length &&
      header.subarray(LOCAL_HEADER_BYTES).equals(raw.fileNameRaw) &&
      (sizesFollow || header.readUInt32LE(14) === raw.crc32);
    if (!same) throw new ZipError('its local header contradicts the directory');
    return offset + LOCAL_HEADER_BYTES + raw.fileNameRaw.length + header.readUInt16LE(28);
  }
}

function checkDirectory(end: EndRecord): void {
  if (end.entryCount > LIMITS.entries) {
    throw new ZipError(`it has ${end.entryCount} entries, over the limit of ${LIMITS.entries}`);
  }
  if (end.directorySize > LIMITS.directory) {
    throw new ZipError(`its directory has ${end.directorySize} bytes, over the limit of ${LIMITS.directory}`);
  }
}

async function readDirectory(archive: ByteSource, end: EndRecord): Promise<ZipEntry[]> {
  const options = {
    lazyEntries: true,
    autoClose: false,
    decodeStrings: false,
    validateEntrySizes: false,
  } as const;
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.fromRandomAccessReader(new YauzlReader(archive), archive.size, options, (error, opened) => {
      if (error) reject(new ZipError(`its directory is damaged (${error.message})`));
      else resolve(opened);
    });
  });
  return new Promise((resolve, reject) => {
    const entries: ZipEntry[] = [];
    zip.on('error', (error: Error) =>
      reject(error instanceof ZipError ? error : new ZipError(`its directory is damaged (${error.message})`)),
    );
    zip.on('end', () => {
      if (entries.length === end.entryCount) resolve(entries);
      else
        reject(
          new ZipError(
            `its end record counts ${end.entryCount} entries, its directory has ${entries.length}`,
          ),
        );
    });
    zip.on('entry', (raw: yauzl.Entry) => {
      try {
        entries.push({ name: decodeName(raw.fileNameRaw), size: raw.uncompressedSize, raw });
        zip.readEntry();
      } catch (error) {
        reject(error);
      }
    });
    zip.readEntry();
  });
}

function decodeName(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ZipError(`the name of an entry is not UTF-8: ${bytes.toString('latin1')}`);
  }
}

const inflateRawAsync = promisify(inflateRaw);

/** Stops at the declared size, so that a small entry cannot fill the memory. */
async function inflate(packed: Buffer, size: number): Promise<Buffer> {
  try {
    return await inflateRawAsync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new ZipError(
      tooLarge ? 'it unpacks to more than the directory says' : 'its packed data is damaged',
    );
  }
}

/** Lets yauzl read from a ByteSource. */
class YauzlReader extends yauzl.RandomAccessReader {
  constructor(private readonly source: ByteSource) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.source.read(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(bytes.length === length ? null : new ZipError('it ends too early'));
      },
      (error: Error) => callback(error),
    );
  }

  override _readStreamForRange(): never {
    throw new Error('entries are read by ZipFile, not by yauzl');
  }
}
