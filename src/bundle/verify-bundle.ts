import { createHash } from 'node:crypto';
import { Checkpoint } from '../core/async/checkpoint.js';
import { mapConcurrent } from '../core/async/concurrency.js';
import { Findings } from '../core/diagnostics/findings.js';
import { LIMITS } from '../core/limits.js';
import type { ZipEntry } from '../zip/central-directory.js';
import { ZipError } from '../zip/zip-error.js';
import type { OpenBundle } from './open-bundle.js';
import { FunctionArchive, OpenArchives } from './verify-function.js';

/** The digests of a bundle's content. */
export interface BundleDigests {
  /** SHA-256 in base64 by function name. */
  readonly functions: ReadonlyMap<string, string>;
  /** MD5 in hex by asset key. */
  readonly assets: ReadonlyMap<string, string>;
}

/** While one entry waits for the disk, others are worked on. */
const CONCURRENT_ENTRIES = 4;

/**
 * Reads everything in a bundle: each entry's size and checksum, and those of what is in the functions' archives. What
 * is damaged shows before anything is changed. The directories of all archives come first: only if their content is
 * within the limits is it read. Memory stays small, however large the bundle, but for one archive that is packed so
 * strangely that it has to be unpacked as a whole.
 *
 * @param bundle an open bundle
 * @param findings takes what is damaged, and what AWS Lambda could not run
 * @param signal interrupts the reading
 * @returns digests of what is to be deployed; they are complete if no error was found
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function verifyBundle(
  bundle: OpenBundle,
  findings: Findings,
  signal?: AbortSignal,
): Promise<BundleDigests> {
  const checkpoint = new Checkpoint(signal);
  const functions = new Map(bundle.functions.map((item) => [item.archive.name, item]));
  const assets = new Map(bundle.assets.map((asset) => [asset.entry.name, asset]));
  const digests = { functions: new Map<string, string>(), assets: new Map<string, string>() };
  const kept = new OpenArchives();
  const archives = new Map<ZipEntry, FunctionArchive>();
  for (const entry of bundle.zip.entries) {
    const item = functions.get(entry.name);
    if (item !== undefined)
      archives.set(entry, new FunctionArchive(bundle.zip, entry, item, kept, checkpoint));
  }
  const excess = await readArchives([...archives.values()]);
  if (excess !== undefined) {
    findings.error('the function archives', excess, 'leave out what the functions do not need');
    return digests;
  }
  for (const archive of archives.values()) digests.functions.set(archive.item.name, archive.sha256);
  const found = await mapConcurrent(bundle.zip.entries, CONCURRENT_ENTRIES, async (entry) => {
    await checkpoint.pass();
    const archive = archives.get(entry);
    if (archive !== undefined) return archive.verifyContent();
    const inEntry = new Findings();
    const md5 = await verifyEntry(bundle, entry, checkpoint, inEntry);
    const asset = assets.get(entry.name);
    if (asset !== undefined) digests.assets.set(asset.key, md5);
    return inEntry;
  });
  for (const inEntry of found) findings.add(inEntry.all);
  return digests;
}

/**
 * Reads the functions' archives, but not what is in them.
 *
 * @returns what is too much, if all of them together hold more than the limits; the rest of them is not read then
 */
async function readArchives(archives: readonly FunctionArchive[]): Promise<string | undefined> {
  const total = { bytes: 0, entries: 0 };
  const tooMuch = (): string | undefined => {
    if (total.bytes > LIMITS.content)
      return `unpack to more than the limit of ${LIMITS.content} bytes together`;
    if (total.entries > LIMITS.contentEntries)
      return `have more than the limit of ${LIMITS.contentEntries} entries together`;
    return undefined;
  };
  await mapConcurrent(archives, CONCURRENT_ENTRIES, async (archive) => {
    if (tooMuch() !== undefined) return;
    const { bytes, entries } = await archive.read();
    total.bytes += bytes;
    total.entries += entries;
  });
  return tooMuch();
}

/** Reads an entry that is not a function's archive. Returns its MD5 in hex. */
async function verifyEntry(
  { zip }: OpenBundle,
  entry: ZipEntry,
  checkpoint: Checkpoint,
  findings: Findings,
): Promise<string> {
  const hash = createHash('md5');
  try {
    for await (const chunk of zip.chunks(entry)) {
      hash.update(chunk);
      await checkpoint.pass();
    }
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    findings.error(entry.name, `cannot be read: ${error.message}`, 'build or download the bundle again');
  }
  return hash.digest('hex');
}
