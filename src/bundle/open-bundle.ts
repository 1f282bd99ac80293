import { assembleBundle } from '../core/bundle/assemble.js';
import { type AppBundle, type BundleEntry, MANIFEST_ENTRY } from '../core/bundle/bundle.js';
import { Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import { MAX_MANIFEST_BYTES } from '../core/manifest/manifest.js';
import type { ByteSource } from '../zip/byte-source.js';
import type { ZipEntry } from '../zip/central-directory.js';
import { ZipError } from '../zip/zip-error.js';
import { ZipFile } from '../zip/zip-file.js';
import { describeFile } from './file-kind.js';
import { FileSource } from './file-source.js';
import { BUNDLE_ZIP } from './zip-limits.js';

/** A bundle whose file is open, to read functions and assets from. */
export interface OpenBundle extends AppBundle {
  /** The bundle's file as it was named. */
  readonly file: string;
  /** The zip that it is. */
  readonly zip: ZipFile;
  /**
   * Unpacks an entry into memory and checks it.
   *
   * @throws AppsctlError INVALID_BUNDLE when it is damaged
   */
  read(entry: BundleEntry): Promise<Buffer>;
  /** Unpacks an entry piece by piece, like {@link read}. */
  chunks(entry: BundleEntry): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/**
 * Opens a bundle: reads the zip's directory and its manifest, and nothing else.
 *
 * @param file the bundle's path
 * @returns the bundle; the caller closes it
 * @throws AppsctlError INVALID_BUNDLE with all findings, when the file is no sound bundle
 */
export async function openBundle(file: string): Promise<OpenBundle> {
  return readBundle(file, await FileSource.open(file));
}

/**
 * Reads a bundle from anywhere, as {@link openBundle} does from a file.
 *
 * @param file what to call it in messages
 * @param source its bytes; closed with the bundle, or when this fails
 * @throws AppsctlError INVALID_BUNDLE with all findings, when it is no sound bundle
 */
export async function readBundle(file: string, source: ByteSource): Promise<OpenBundle> {
  try {
    const zip = await openZip(file, source);
    const entries = new Map([...zip.entries].reverse().map((entry) => [entry.name, entry]));
    const findings = new Findings();
    for (const { name, problem, isLink } of zip.entries) {
      const reason = problem ?? (isLink ? 'is a link, not a file' : undefined);
      if (reason !== undefined) findings.error(name, reason, 'build the zip of plain files alone');
    }
    const bytes = await readManifest(zip, entries.get(MANIFEST_ENTRY), findings);
    const bundle = bytes === 'unreadable' ? undefined : assembleBundle(zip.entries, bytes, findings);
    if (bundle === undefined) throw invalidBundle(file, findings);
    return {
      ...bundle,
      file,
      zip,
      read: (entry) => withEntryErrors(file, entry, () => zip.read(zipEntry(entries, entry))),
      chunks: (entry) => zip.chunks(zipEntry(entries, entry)),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function zipEntry(entries: ReadonlyMap<string, ZipEntry>, { name }: BundleEntry): ZipEntry {
  const entry = entries.get(name);
  if (entry === undefined) throw new Error(`the bundle has no entry ${name}`);
  return entry;
}

/** Says of which entry it is that something cannot be read. */
async function withEntryErrors<T>(file: string, entry: BundleEntry, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    const findings = new Findings();
    findings.error(entry.name, `cannot be read: ${error.message}`, REBUILD);
    throw invalidBundle(file, findings);
  }
}

const REBUILD = 'build or download the bundle again';

async function openZip(file: string, source: ByteSource): Promise<ZipFile> {
  try {
    return await ZipFile.open(source, BUNDLE_ZIP);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    const kind = await describeFile(source);
    const reason = kind === undefined ? `is no sound zip: ${error.message}` : `is no zip: it is ${kind}`;
    const findings = new Findings();
    findings.error(file, reason, REBUILD);
    throw invalidBundle(file, findings);
  }
}

async function readManifest(
  zip: ZipFile,
  entry: ZipEntry | undefined,
  findings: Findings,
): Promise<Buffer | undefined | 'unreadable'> {
  if (entry === undefined) return undefined;
  if (entry.size > MAX_MANIFEST_BYTES) {
    findings.error(
      entry.name,
      `has ${entry.size} bytes, over the limit of ${MAX_MANIFEST_BYTES} for a manifest`,
    );
    return 'unreadable';
  }
  if (entry.problem !== undefined) return 'unreadable';
  try {
    return await zip.read(entry);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    findings.error(entry.name, `cannot be read: ${error.message}`, REBUILD);
    return 'unreadable';
  }
}
