import { createHash, type Hash } from 'node:crypto';
import type { BundleFunction } from '../core/app-bundle/bundle.js';
import { checkFunctionArchive } from '../core/app-bundle/function-archive.js';
import { Findings } from '../core/findings.js';
import { Budget, mapParallel } from '../core/parallel.js';
import { type ByteSource, MemorySource } from './byte-source.js';
import type { OpenBundle } from './open-bundle.js';
import type { ZipEntry } from './zip-directory.js';
import { ZipError, ZipLimitError } from './zip-error.js';
import { FUNCTION_ZIP, ZipFile } from './zip-file.js';
import { STORED } from './zip-format.js';

/** The digests of a bundle's content. */
export interface BundleDigests {
  /** SHA-256 in base64 by function name. */
  readonly functions: ReadonlyMap<string, string>;
  /** MD5 in hex by asset key. */
  readonly assets: ReadonlyMap<string, string>;
}

const MIB = 1024 * 1024;
/** While one entry waits for the disk, others are worked on. */
const ENTRIES_AT_ONCE = 4;
/** A function archive up to this size is read once, into memory. */
const KEPT_WHOLE = 8 * MIB;
/** Larger ones whose directory is not in their tail are unpacked into memory, one at a time. */
const WHOLE = new Budget(1);
/** As much of the end of a larger one that is itself packed is kept at first: most directories fit. */
const TAIL = MIB;

/**
 * Reads everything in a bundle: each entry's size and checksum, and those of what stands in the functions' archives.
 * What is damaged shows before anything is changed. Memory stays small, however large the bundle, but for one archive
 * that is packed so strangely that it has to be unpacked as a whole.
 *
 * @param bundle an open bundle
 * @param findings takes what is damaged, and what AWS Lambda could not run
 * @returns digests of what is to be deployed
 */
export async function verifyBundle(bundle: OpenBundle, findings: Findings): Promise<BundleDigests> {
  const functions = new Map(bundle.functions.map((item) => [item.archive.name, item]));
  const assets = new Map(bundle.assets.map((asset) => [asset.entry.name, asset]));
  const digests = { functions: new Map<string, string>(), assets: new Map<string, string>() };
  const found = await mapParallel(bundle.zip.entries, ENTRIES_AT_ONCE, async (entry) => {
    const item = functions.get(entry.name);
    const asset = assets.get(entry.name);
    const inEntry = new Findings();
    const hash = await verifyEntry(bundle.zip, entry, item, inEntry);
    if (item !== undefined) digests.functions.set(item.name, hash.digest('base64'));
    if (asset !== undefined) digests.assets.set(asset.key, hash.digest('hex'));
    return inEntry;
  });
  for (const inEntry of found) findings.add(inEntry.all);
  return digests;
}

/** Reads an entry, and what stands in a function's archive. */
async function verifyEntry(
  zip: ZipFile,
  entry: ZipEntry,
  item: BundleFunction | undefined,
  findings: Findings,
): Promise<Hash> {
  const hash = createHash(item === undefined ? 'md5' : 'sha256');
  try {
    if (item === undefined) for await (const chunk of zip.chunks(entry)) hash.update(chunk);
    else await verifyFunction(entry, item, await readArchive(zip, entry, hash), findings);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    findings.error(entry.name, `cannot be read: ${error.message}`, 'build or download the bundle again');
  }
  return hash;
}

/** A function's archive that has been read once. */
interface ReadArchive {
  readonly source: ByteSource;
  /** Whether all of it can be read again; else only its end. */
  readonly isComplete: boolean;
  /** All of it, in memory. */
  whole(): Promise<ByteSource>;
}

async function readArchive(zip: ZipFile, entry: ZipEntry, hash: Hash): Promise<ReadArchive> {
  const whole = async (): Promise<ByteSource> => new MemorySource(await zip.read(entry));
  if (entry.size <= KEPT_WHOLE) {
    const bytes = await zip.read(entry);
    hash.update(bytes);
    return { source: new MemorySource(bytes), isComplete: true, whole };
  }
  const tail = new Tail();
  for await (const chunk of zip.chunks(entry)) {
    hash.update(chunk);
    if (entry.method !== STORED) tail.push(chunk);
  }
  const stored = await zip.storedBytes(entry);
  return { source: stored ?? tail.source(entry.size), isComplete: stored !== undefined, whole };
}

async function verifyFunction(
  entry: ZipEntry,
  item: BundleFunction,
  { source, isComplete, whole }: ReadArchive,
  findings: Findings,
): Promise<void> {
  try {
    const archive = await ZipFile.open(source, FUNCTION_ZIP).catch(async (error: unknown) => {
      // The directory may be longer than the tail that was kept.
      if (isComplete || !(error instanceof ZipError) || error instanceof ZipLimitError) throw error;
      return WHOLE.use(1, async () => ZipFile.open(await whole(), FUNCTION_ZIP));
    });
    for (const { name, problem } of archive.entries) {
      if (problem !== undefined) findings.error(`${entry.name}: ${name}`, problem, 'leave it out');
    }
    const mayBeUnpacked = checkFunctionArchive(item, archive.entries, findings);
    // To look into a large archive that is itself packed, it would have to be unpacked into memory as a whole.
    if (mayBeUnpacked && isComplete) await verifyContent(entry.name, archive, findings);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    if (error instanceof ZipLimitError) {
      findings.error(
        entry.name,
        `is too large: ${error.message}`,
        'leave out what the function does not need',
      );
    } else if (entry.size === 0) {
      findings.error(entry.name, 'is empty', `put the code of ${item.name} into a zip`);
    } else {
      findings.error(entry.name, `is no sound zip: ${error.message}`, `zip the code of ${item.name} again`);
    }
  }
}

/** Reads each file of an archive; the first one that is damaged is enough to know that the archive is. */
async function verifyContent(place: string, archive: ZipFile, findings: Findings): Promise<void> {
  for (const inner of archive.entries) {
    if (inner.problem !== undefined) continue;
    try {
      for await (const _ of archive.chunks(inner));
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      findings.error(
        `${place}: ${inner.name}`,
        `cannot be read: ${error.message}`,
        'build the archive again',
      );
      return;
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
    while (this.size - (this.chunks[0]?.length ?? 0) >= TAIL) this.size -= this.chunks.shift()?.length ?? 0;
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
