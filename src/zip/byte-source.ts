/** Random access to bytes: of a file, a range of one, or memory. */
export interface ByteSource {
  /** Total number of bytes. */
  readonly size: number;
  /** @returns exactly `length` bytes, or fewer at the end of the source */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

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

/** Bytes in memory, in several pieces. */
export class ChunkSource implements ByteSource {
  /** The position of each chunk. */
  private readonly starts: number[] = [];
  readonly size: number;

  constructor(private readonly chunks: readonly Uint8Array[]) {
    let position = 0;
    for (const { length } of chunks) {
      this.starts.push(position);
      position += length;
    }
    this.size = position;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const end = Math.min(position + length, this.size);
    let index = this.findChunk(position);
    const first = this.slice(index, position, end);
    // Most reads are in one chunk, which is not copied.
    if (first.length >= end - position) return first;
    const result = Buffer.allocUnsafe(end - position);
    for (let at = position; at < end; index++) {
      const piece = this.slice(index, at, end);
      result.set(piece, at - position);
      at += piece.length;
    }
    return result;
  }

  async close(): Promise<void> {}

  /** The part of a chunk that is in a range of the source. */
  private slice(index: number, from: number, to: number): Buffer {
    const { buffer, byteOffset, length } = this.chunks[index] ?? Buffer.alloc(0);
    const start = this.starts[index] ?? 0;
    return Buffer.from(buffer, byteOffset, length).subarray(from - start, Math.max(from, to) - start);
  }

  /** The last chunk that begins at or before a position. */
  private findChunk(position: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** A range of another source. */
export class RangeSource implements ByteSource {
  /**
   * @param start position of the range in `source`
   * @param size number of bytes in the range
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

const READ_AHEAD_BYTES = 256 * 1024;
/** Only reads up to this size use the window. */
const SMALL_READ_BYTES = 64 * 1024;

/** Reads ahead, because the next read usually continues the last one: a few disk reads serve a thousand small files. */
export class ReadAheadSource implements ByteSource {
  private window: { start: number; bytes: Promise<Buffer> } | undefined;

  constructor(private readonly source: ByteSource) {}

  get size(): number {
    return this.source.size;
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (length > SMALL_READ_BYTES) return this.source.read(position, length);
    const last = this.window;
    const isInside =
      last !== undefined && position >= last.start && position + length <= last.start + READ_AHEAD_BYTES;
    const window = isInside ? last : { start: position, bytes: this.source.read(position, READ_AHEAD_BYTES) };
    this.window = window;
    const from = position - window.start;
    return (await window.bytes).subarray(from, from + length);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

/** A source of which a range is in memory already. */
export class BufferedRangeSource implements ByteSource {
  /**
   * @param start position of the range in `source`
   * @param bytes content of the range
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
