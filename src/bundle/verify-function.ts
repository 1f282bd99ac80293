import { createHash, type Hash } from 'node:crypto';
import type { Checkpoint } from '../core/async/checkpoint.js';
import { Semaphore } from '../core/async/concurrency.js';
import type { BundleFunction } from '../core/bundle/bundle.js';
import { checkFunctionArchive } from '../core/bundle/function-archive.js';
import { Findings } from '../core/diagnostics/findings.js';
import { type ByteSource, MemorySource } from '../zip/byte-source.js';
import type { ZipEntry } from '../zip/central-directory.js';
import { ZipError, ZipLimitError } from '../zip/zip-error.js';
import { ZipFile } from '../zip/zip-file.js';
import { STORED } from '../zip/zip-format.js';
import { FUNCTION_ZIP } from './zip-limits.js';

const MIB = 1024 * 1024;
/** A function archive up to this size is read into memory as a whole. */
const SMALL_ARCHIVE_BYTES = 8 * MIB;
/** Of larger ones that are themselves packed, this much of the end is kept at first: most directories fit. */
const TAIL_BYTES = MIB;
/** Those whose directory does not fit are unpacked into memory, one at a time. */
const WHOLE_ARCHIVES = new Semaphore(1);
/** Directories are read one at a time: they take memory, and hardly any waiting. */
const DIRECTORIES = new Semaphore(1);
/** Entries of the archives whose content is being read; each takes up to a kilobyte. */
const ENTRIES = new Semaphore(100_000);

/** What an archive holds, as its directory says. */
export interface ArchiveContent {
  /** Bytes of the files that are to be read, unpacked. */
  readonly bytes: number;
  readonly entries: number;
}

/** Archives that are kept open until their content is read; the others are opened a second time. */
export class OpenArchives {
  private bytes = 64 * MIB;
  private entries = 50_000;

  /** Whether there is room for an archive that takes this much memory. */
  reserve(bytes: number, entries: number): boolean {
    if (bytes > this.bytes || entries > this.entries) return false;
    this.bytes -= bytes;
    this.entries -= entries;
    return true;
  }
}

/** A function's archive in a bundle. It is read in two steps: first itself and its directory, then what is in it. */
export class FunctionArchive {
  /** SHA-256 in base64, once it has been read. */
  sha256 = '';
  private readonly findings = new Findings();
  private readonly isSmall: boolean;
  private readonly isStored: boolean;
  private entryCount = 0;
  /** Whether what is in it is to be read. */
  private mayBeUnpacked = false;
  private open: ZipFile | undefined;

  constructor(
    private readonly bundle: ZipFile,
    private readonly entry: ZipEntry,
    readonly item: BundleFunction,
    private readonly kept: OpenArchives,
    private readonly checkpoint: Checkpoint,
  ) {
    this.isSmall = entry.size <= SMALL_ARCHIVE_BYTES;
    this.isStored = entry.method === STORED;
  }

  /**
   * Reads the archive and its directory, and checks that AWS Lambda can run what that lists.
   *
   * @returns what it holds; nothing when it is damaged
   */
  async read(): Promise<ArchiveContent> {
    const hash = createHash('sha256');
    let source: ByteSource;
    try {
      source = await this.hashed(hash);
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      const fix = 'build or download the bundle again';
      this.findings.error(this.entry.name, `cannot be read: ${error.message}`, fix);
      return { bytes: 0, entries: 0 };
    }
    this.sha256 = hash.digest('base64');
    try {
      return await DIRECTORIES.run(1, async () => this.check(await this.openArchive(source)));
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      this.report(error);
      return { bytes: 0, entries: 0 };
    }
  }

  /**
   * Reads each file in the archive; the first one that is damaged is enough to know that the archive is.
   *
   * @returns what was found in this step and the first
   */
  async verifyContent(): Promise<Findings> {
    if (this.mayBeUnpacked) {
      await ENTRIES.run(this.entryCount, async () => {
        const archive = this.open ?? (await this.openArchive(await this.reread()));
        this.open = undefined;
        await this.verifyFiles(archive);
      });
    }
    return this.findings;
  }

  /** Where the directory can be read from, once the whole archive has gone through the hash. */
  private async hashed(hash: Hash): Promise<ByteSource> {
    if (this.isSmall) {
      const bytes = await this.bundle.read(this.entry);
      hash.update(bytes);
      return new MemorySource(bytes);
    }
    const tail = new Tail();
    for await (const chunk of this.bundle.chunks(this.entry)) {
      hash.update(chunk);
      if (!this.isStored) tail.push(chunk);
      await this.checkpoint.pass();
    }
    return (await this.bundle.storedBytes(this.entry)) ?? tail.source(this.entry.size);
  }

  private async openArchive(source: ByteSource): Promise<ZipFile> {
    try {
      return await ZipFile.open(source, FUNCTION_ZIP, this.checkpoint);
    } catch (error) {
      // The directory may be longer than the tail that was kept.
      const isTail = !this.isSmall && !this.isStored;
      if (!isTail || !(error instanceof ZipError) || error instanceof ZipLimitError) throw error;
      return WHOLE_ARCHIVES.run(1, async () =>
        ZipFile.open(new MemorySource(await this.unpacked()), FUNCTION_ZIP, this.checkpoint),
      );
    }
  }

  private check(archive: ZipFile): ArchiveContent {
    const { entries } = archive;
    for (const { name, problem } of entries) {
      if (problem !== undefined) this.findings.error(`${this.entry.name}: ${name}`, problem, 'leave it out');
    }
    const mayBeUnpacked = checkFunctionArchive(this.item, entries, this.findings);
    // To look into a large archive that is itself packed, it would have to be unpacked into memory as a whole.
    this.mayBeUnpacked = mayBeUnpacked && (this.isSmall || this.isStored);
    this.entryCount = entries.length;
    if (this.mayBeUnpacked && this.kept.reserve(this.isSmall ? this.entry.size : 0, entries.length))
      this.open = archive;
    return {
      bytes: mayBeUnpacked ? entries.reduce((sum, { size }) => sum + size, 0) : 0,
      entries: entries.length,
    };
  }

  /** The archive once more, from where it costs less. */
  private async reread(): Promise<ByteSource> {
    return (await this.bundle.storedBytes(this.entry)) ?? new MemorySource(await this.unpacked());
  }

  private async unpacked(): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(this.entry.size);
    let done = 0;
    for await (const chunk of this.bundle.chunks(this.entry)) {
      done += chunk.copy(bytes, done);
      await this.checkpoint.pass();
    }
    return bytes;
  }

  private async verifyFiles(archive: ZipFile): Promise<void> {
    for (const file of archive.entries) {
      await this.checkpoint.pass();
      if (file.problem !== undefined) continue;
      try {
        for await (const _ of archive.chunks(file));
      } catch (error) {
        if (!(error instanceof ZipError)) throw error;
        const location = `${this.entry.name}: ${file.name}`;
        this.findings.error(location, `cannot be read: ${error.message}`, 'build the archive again');
        return;
      }
    }
  }

  private report(error: ZipError): void {
    const { name: location, size } = this.entry;
    const { name } = this.item;
    if (error instanceof ZipLimitError) {
      this.findings.error(
        location,
        `is too large: ${error.message}`,
        'leave out what the function does not need',
      );
    } else if (size === 0) {
      this.findings.error(location, 'is empty', `put the code of ${name} into a zip`);
    } else {
      this.findings.error(location, `is no sound zip: ${error.message}`, `zip the code of ${name} again`);
    }
  }
}

/** The last bytes of a stream, as a part of the whole. */
class Tail {
  private chunks: Buffer[] = [];
  private size = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    while (this.size - (this.chunks[0]?.length ?? 0) >= TAIL_BYTES)
      this.size -= this.chunks.shift()?.length ?? 0;
  }

  /** @param size bytes of the whole; what was not kept cannot be read */
  source(size: number): ByteSource {
    const bytes = Buffer.concat(this.chunks);
    const missing = size - bytes.length;
    return {
      size,
      read: async (position, length) => {
        if (position < missing) throw new ZipError('its directory does not stand at its end');
        return bytes.subarray(position - missing, position - missing + length);
      },
      close: async () => {},
    };
  }
}
