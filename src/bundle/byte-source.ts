import { constants, type FileHandle, open } from 'node:fs/promises';
import { AppsctlError } from '../core/errors.js';

/** Bytes that can be read at any position: a file, a part of one, or memory. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /**
   * @param position the first byte
   * @param length how many
   * @returns exactly that many bytes, or fewer where the source ends
   */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Bytes in memory. */
export class MemorySource implements ByteSource {
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.bytes.length;
  }

  async read(position: number, length: number): Promise<Buffer> {
    return this.bytes.subarray(position, position + length);
  }

  async close(): Promise<void> {}
}

/** A pipe that nobody writes to must not block: what kind of file it is shows only once it is open. Windows has no such flag. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A file that stays open until it is closed. */
export class FileSource implements ByteSource {
  private constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  /**
   * @param path the file
   * @throws AppsctlError INVALID_BUNDLE when there is no such file or it cannot be read
   */
  static async open(path: string): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, READ_WITHOUT_WAITING);
      const status = await handle.stat();
      if (!status.isFile()) {
        const what = status.isDirectory() ? 'is a folder' : 'is not a regular file';
        throw new AppsctlError('INVALID_BUNDLE', `${path} ${what}, not a bundle`, {
          hint: 'name the .zip file that holds manifest.json, static/ and one archive per function',
        });
      }
      return new FileSource(handle, status.size);
    } catch (error) {
      await handle?.close();
      if (error instanceof AppsctlError) throw error;
      const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;
      throw new AppsctlError('INVALID_BUNDLE', `cannot read the bundle ${path}: ${reason}`, { cause: error });
    }
  }

  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)));
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'its name is too long',
};

/** A part of another source. */
export class RangeSource implements ByteSource {
  /**
   * @param source the whole
   * @param start the first byte of the part
   * @param size bytes of the part
   */
  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    readonly size: number,
  ) {}

  read(position: number, length: number): Promise<Buffer> {
    const available = Math.max(0, Math.min(length, this.size - position));
    return this.source.read(this.start + position, available);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

/** As much is read at once. */
const WINDOW = 256 * 1024;
/** Reads up to this size are served from what was read before. */
const SMALL_READ = 64 * 1024;

/**
 * Another source, of which more is read than is asked for: what is asked for next usually stands right behind. A
 * thousand small files are read with a few requests to the disk.
 */
export class ReadAhead implements ByteSource {
  private window: { start: number; bytes: Promise<Buffer> } | undefined;

  constructor(private readonly source: ByteSource) {}

  get size(): number {
    return this.source.size;
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (length > SMALL_READ) return this.source.read(position, length);
    const known = this.window;
    const isInside =
      known !== undefined && position >= known.start && position + length <= known.start + WINDOW;
    const window = isInside ? known : { start: position, bytes: this.source.read(position, WINDOW) };
    this.window = window;
    const from = position - window.start;
    return (await window.bytes).subarray(from, from + length);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

/** Another source of which a part has been read. */
export class PartInMemory implements ByteSource {
  /**
   * @param source the whole
   * @param start the first byte of the part
   * @param bytes the part
   */
  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    private readonly bytes: Buffer,
  ) {}

  get size(): number {
    return this.source.size;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const from = position - this.start;
    if (from < 0 || from + length > this.bytes.length) return this.source.read(position, length);
    return this.bytes.subarray(from, from + length);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
