import { createHash } from 'node:crypto';
import { Checkpoint } from '../core/async/checkpoint.js';
import { mapConcurrent } from '../core/async/concurrency.js';
import { checkTotalContent } from '../core/bundle/check-sizes.js';
import { Findings } from '../core/diagnostics/findings.js';
import type { Rule } from '../core/diagnostics/rules.js';
import { LIMITS } from '../core/limits.js';
import type { ZipEntry } from '../zip/central-directory.js';
import { type OpenPartialBundle, reportDamage } from './open-bundle.js';
import { ArchiveBudget, type ArchiveContent, FunctionArchive } from './verify-function.js';

/** The digests of a bundle's content. */
export interface BundleDigests {
  /** SHA-256 in base64 by function name. */
  readonly functions: ReadonlyMap<string, string>;
  /** MD5 in hex by asset key. */
  readonly assets: ReadonlyMap<string, string>;
}

const CONCURRENT_ENTRIES = 4;

/** Findings about entries that cannot be read, or must not be because that would be too much work. */
const UNREADABLE: ReadonlySet<Rule> = new Set([
  'zip/unsupported-entry',
  'zip/damaged-entry',
  'manifest/too-large',
  'function/too-large',
  'asset/too-large',
]);

/**
 * Reads a whole bundle, so that damage is found before anything is changed: verifies the size and checksum of each entry,
 * and of each file in the function archives, except large ones that are themselves compressed. The central directories
 * of all archives are read first; their content is read only if all of it is within the limits. Uses little memory even
 * for large bundles, except for an archive that is itself compressed and whose central directory does not fit into the
 * buffered tail.
 *
 * @param findings what was found when the bundle was opened; collects damaged entries, and what AWS Lambda could not run
 * @param signal aborts the reading
 * @returns the digests; complete if there are no errors
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function verifyBundle(
  bundle: OpenPartialBundle,
  findings: Findings,
  signal?: AbortSignal,
): Promise<BundleDigests> {
  const checkpoint = new Checkpoint(signal);
  const digests = { functions: new Map<string, string>(), assets: new Map<string, string>() };
  if (findings.errors.some(({ rule }) => rule === 'zip/too-large')) return digests;
  const unreadable = new Set(
    findings.errors.filter(({ rule }) => UNREADABLE.has(rule)).map(({ location }) => location),
  );
  const entries = bundle.zip.entries.filter(({ name }) => !unreadable.has(name));
  const functions = new Map(bundle.functions.map((item) => [item.archive.name, item]));
  const assets = new Map(bundle.assets.map((asset) => [asset.entry.name, asset]));
  const cache = new ArchiveBudget();
  const archives = new Map<ZipEntry, FunctionArchive>();
  for (const entry of entries) {
    const item = functions.get(entry.name);
    if (item !== undefined)
      archives.set(entry, new FunctionArchive(bundle.zip, entry, item, cache, checkpoint));
  }
  const content = await readDirectories([...archives.values()]);
  if (!checkTotalContent(bundle.file, content, findings)) return digests;
  for (const archive of archives.values()) digests.functions.set(archive.item.name, archive.sha256);
  const results = await mapConcurrent(entries, CONCURRENT_ENTRIES, async (entry) => {
    await checkpoint.pass();
    const archive = archives.get(entry);
    if (archive !== undefined) return archive.verifyContent();
    const ofEntry = new Findings();
    const md5 = await verifyEntry(bundle, entry, checkpoint, ofEntry);
    const asset = assets.get(entry.name);
    if (asset !== undefined) digests.assets.set(asset.key, md5);
    return ofEntry;
  });
  for (const { all } of results) findings.add(all);
  return digests;
}

/**
 * Reads the function archives, but not the files in them.
 *
 * @returns what all of them contain; archives beyond the limits are not read
 */
async function readDirectories(archives: readonly FunctionArchive[]): Promise<ArchiveContent> {
  const total = { bytes: 0, entries: 0 };
  await mapConcurrent(archives, CONCURRENT_ENTRIES, async (archive) => {
    if (total.bytes > LIMITS.content || total.entries > LIMITS.contentEntries) return;
    const { bytes, entries } = await archive.readDirectory();
    total.bytes += bytes;
    total.entries += entries;
  });
  return total;
}

/** Reads an entry that is not a function archive. Returns its MD5 in hex. */
async function verifyEntry(
  { zip }: OpenPartialBundle,
  entry: ZipEntry,
  checkpoint: Checkpoint,
  findings: Findings,
): Promise<string> {
  const hash = createHash('md5');
  try {
    for await (const chunk of zip.chunks(entry, checkpoint)) hash.update(chunk);
  } catch (error) {
    reportDamage(findings, entry.name, error);
  }
  return hash.digest('hex');
}
