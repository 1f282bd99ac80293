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
const READ_AHEAD_BYTES = 256 * 1024;
/** Reads up to this size are served from what was read before. */
const SMALL_READ_BYTES = 64 * 1024;

/**
 * Another source, of which more is read than is asked for: what is asked for next usually stands right behind. A
 * thousand small files are read with a few requests to the disk.
 */
export class ReadAheadSource implements ByteSource {
  private window: { start: number; bytes: Promise<Buffer> } | undefined;

  constructor(private readonly source: ByteSource) {}

  get size(): number {
    return this.source.size;
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (length > SMALL_READ_BYTES) return this.source.read(position, length);
    const known = this.window;
    const isInside =
      known !== undefined && position >= known.start && position + length <= known.start + READ_AHEAD_BYTES;
    const window = isInside
      ? known
      : { start: position, bytes: this.source.read(position, READ_AHEAD_BYTES) };
    this.window = window;
    const from = position - window.start;
    return (await window.bytes).subarray(from, from + length);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

/** Another source of which a part has been read. */
export class BufferedRangeSource implements ByteSource {
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
