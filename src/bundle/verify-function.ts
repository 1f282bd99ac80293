import { createHash, type Hash } from 'node:crypto';
import type { Checkpoint } from '../core/async/checkpoint.js';
import { Semaphore } from '../core/async/concurrency.js';
import type { BundleFunction } from '../core/bundle/bundle.js';
import { checkFunctionArchive } from '../core/bundle/function-archive.js';
import { Findings } from '../core/diagnostics/findings.js';
import { MIB } from '../core/units.js';
import { type ByteSource, MemorySource } from '../zip/byte-source.js';
import type { ZipEntry } from '../zip/central-directory.js';
import { ZipError, ZipLimitError } from '../zip/zip-error.js';
import { ZipFile } from '../zip/zip-file.js';
import { STORED } from '../zip/zip-format.js';
import { reportDamage } from './open-bundle.js';
import { FUNCTION_ZIP } from './zip-limits.js';

/** A function archive up to this size is read into memory. */
const SMALL_ARCHIVE_BYTES = 8 * MIB;
/** Of larger archives that are compressed in the bundle, only the end is buffered: most central directories fit. */
const TAIL_BYTES = MIB;
/** Archives whose central directory does not fit are uncompressed into memory, one at a time. */
const WHOLE_ARCHIVES = new Semaphore(1);
/** Central directories are read one at a time: that takes memory and CPU, and involves hardly any waiting. */
const DIRECTORIES = new Semaphore(1);
/** The number of entries of all archives whose content is being read; each takes up to 1 KiB. */
const ENTRIES = new Semaphore(100_000);

/** What an archive contains, according to its central directory. */
export interface ArchiveContent {
  /** Uncompressed bytes of the files that will be read. */
  readonly bytes: number;
  readonly entries: number;
}

/** Limits the archives that stay open between the two steps of {@link FunctionArchive}. Others are opened again. */
export class ArchiveBudget {
  private bytes = 64 * MIB;
  private entries = 50_000;

  /** Reserves memory for an archive; returns whether there was enough. */
  reserve(bytes: number, entries: number): boolean {
    if (bytes > this.bytes || entries > this.entries) return false;
    this.bytes -= bytes;
    this.entries -= entries;
    return true;
  }
}

/** A function archive in a bundle. It is read in two steps: the archive with its central directory, then its files. */
export class FunctionArchive {
  /** SHA-256 in base64, set by {@link readDirectory}. */
  sha256 = '';
  private readonly findings = new Findings();
  private readonly isSmall: boolean;
  private readonly isStored: boolean;
  private entryCount = 0;
  /** Whether the files in the archive are read. */
  private readsFiles = false;
  private cached: ZipFile | undefined;

  constructor(
    private readonly bundle: ZipFile,
    private readonly entry: ZipEntry,
    readonly item: BundleFunction,
    private readonly cache: ArchiveBudget,
    private readonly checkpoint: Checkpoint,
  ) {
    this.isSmall = entry.size <= SMALL_ARCHIVE_BYTES;
    this.isStored = entry.method === STORED;
  }

  /**
   * Reads the archive and its central directory, and checks that AWS Lambda can run what it lists.
   *
   * @returns what it contains; nothing when it is damaged
   */
  async readDirectory(): Promise<ArchiveContent> {
    const hash = createHash('sha256');
    let source: ByteSource;
    try {
      source = await this.readArchive(hash);
    } catch (error) {
      reportDamage(this.findings, this.entry.name, error);
      return { bytes: 0, entries: 0 };
    }
    this.sha256 = hash.digest('base64');
    try {
      return await DIRECTORIES.run(1, async () => this.check(await this.openArchive(source)));
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      this.reportInvalid(error);
      return { bytes: 0, entries: 0 };
    }
  }

  /**
   * Reads the files in the archive, up to the first damaged one.
   *
   * @returns the findings of both steps
   */
  async verifyContent(): Promise<Findings> {
    if (this.readsFiles) {
      await ENTRIES.run(this.entryCount, async () => {
        const archive = this.cached ?? (await this.openArchive(await this.reread()));
        this.cached = undefined;
        await this.verifyFiles(archive);
      });
    }
    return this.findings;
  }

  /** Hashes the archive. Returns a source from which its central directory can be read. */
  private async readArchive(hash: Hash): Promise<ByteSource> {
    if (this.isSmall) {
      const bytes = await this.readAll();
      hash.update(bytes);
      return new MemorySource(bytes);
    }
    const tail = new Tail();
    for await (const chunk of this.bundle.chunks(this.entry, this.checkpoint)) {
      hash.update(chunk);
      if (!this.isStored) tail.push(chunk);
    }
    return (await this.bundle.storedBytes(this.entry)) ?? tail.toSource(this.entry.size);
  }

  private async openArchive(source: ByteSource): Promise<ZipFile> {
    try {
      return await ZipFile.open(source, FUNCTION_ZIP, this.checkpoint);
    } catch (error) {
      // The central directory may be longer than the tail.
      const isTail = !this.isSmall && !this.isStored;
      if (!isTail || !(error instanceof ZipError) || error instanceof ZipLimitError) throw error;
      return WHOLE_ARCHIVES.run(1, async () =>
        ZipFile.open(new MemorySource(await this.readAll()), FUNCTION_ZIP, this.checkpoint),
      );
    }
  }

  private check(archive: ZipFile): ArchiveContent {
    const { entries } = archive;
    for (const { name, problem } of entries) {
      if (problem === undefined) continue;
      const location = `${this.entry.name}: ${name}`;
      this.findings.error('zip/unsupported-entry', location, problem, 'remove it from the archive');
    }
    const isSafe = checkFunctionArchive(this.item, entries, this.findings);
    // The files of a large archive that is compressed in the bundle are not read: it would have to be in memory.
    this.readsFiles = isSafe && (this.isSmall || this.isStored);
    this.entryCount = entries.length;
    if (this.readsFiles && this.cache.reserve(this.isSmall ? this.entry.size : 0, entries.length))
      this.cached = archive;
    return {
      bytes: isSafe ? entries.reduce((sum, { size }) => sum + size, 0) : 0,
      entries: entries.length,
    };
  }

  /** Reads the archive again: from the file if it is stored, else into memory. */
  private async reread(): Promise<ByteSource> {
    return (await this.bundle.storedBytes(this.entry)) ?? new MemorySource(await this.readAll());
  }

  private readAll(): Promise<Buffer> {
    return this.bundle.read(this.entry, this.checkpoint);
  }

  private async verifyFiles(archive: ZipFile): Promise<void> {
    for (const file of archive.entries) {
      await this.checkpoint.pass();
      if (file.problem !== undefined) continue;
      try {
        for await (const _ of archive.chunks(file));
      } catch (error) {
        reportDamage(this.findings, `${this.entry.name}: ${file.name}`, error, 'rebuild the archive');
        return;
      }
    }
  }

  private reportInvalid(error: ZipError): void {
    const { name: location, size } = this.entry;
    const { name } = this.item;
    if (error instanceof ZipLimitError) {
      const fix = 'remove what the function does not need';
      this.findings.error('function/too-large', location, `is too large: ${error.message}`, fix);
    } else if (size === 0) {
      this.findings.error('function/empty-archive', location, 'is empty', `zip the code of ${name}`);
    } else {
      const message = `is not a valid zip: ${error.message}`;
      this.findings.error('zip/invalid', location, message, `zip the code of ${name} again`);
    }
  }
}

/** Buffers the last bytes of a stream. */
class Tail {
  private chunks: Buffer[] = [];
  private size = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    while (this.size - (this.chunks[0]?.length ?? 0) >= TAIL_BYTES)
      this.size -= this.chunks.shift()?.length ?? 0;
  }

  /** @param size bytes of the whole stream; only the buffered ones can be read */
  toSource(size: number): ByteSource {
    const bytes = Buffer.concat(this.chunks);
    const missing = size - bytes.length;
    return {
      size,
      read: async (position, length) => {
        if (position < missing) throw new ZipError('its central directory is not at its end');
        return bytes.subarray(position - missing, position - missing + length);
      },
      close: async () => {},
    };
  }
}
