import { assembleBundle } from '../core/bundle/assemble.js';
import {
  type AppBundle,
  type BundleEntry,
  MANIFEST_ENTRY,
  type PartialBundle,
} from '../core/bundle/bundle.js';
import { type Finding, Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import { checkManifestSize } from '../core/manifest/parse.js';
import type { ByteSource } from '../zip/byte-source.js';
import type { ZipEntry } from '../zip/central-directory.js';
import { ZipError, ZipLimitError } from '../zip/zip-error.js';
import { ZipFile } from '../zip/zip-file.js';
import { describeFile } from './file-kind.js';
import { FileSource } from './file-source.js';
import { BUNDLE_ZIP } from './zip-limits.js';

/** The open file of a bundle. */
export interface OpenFile extends AsyncDisposable {
  /** The path of the file, as it was given. */
  readonly file: string;
  /** @internal */
  readonly zip: ZipFile;
  /**
   * Reads an entry into memory, uncompressed.
   *
   * @throws AppsctlError INVALID_BUNDLE when it is damaged
   */
  read(entry: BundleEntry): Promise<Buffer>;
  /**
   * Reads an entry in chunks, uncompressed.
   *
   * @returns the chunks; the iterator throws what {@link read} throws
   */
  chunks(entry: BundleEntry): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** A bundle whose file is open, to read function archives and assets from. */
export interface OpenBundle extends AppBundle, OpenFile {
  /** @internal */
  readonly declared: PartialBundle['declared'];
  /** @internal */
  readonly advice: readonly Finding[];
}

/** A bundle whose file is open, as far as it could be read. */
export interface OpenPartialBundle extends PartialBundle, OpenFile {}

/**
 * Opens a bundle. Reads only the central directory and the manifest.
 *
 * @param file the path of the bundle
 * @returns the bundle; the caller closes it, or opens it with `await using`
 * @throws AppsctlError INVALID_BUNDLE with all findings, when the bundle is not valid
 */
export async function openBundle(file: string): Promise<OpenBundle> {
  return readBundle(file, await FileSource.open(file));
}

/**
 * Opens a bundle from any source, like {@link openBundle} from a file.
 *
 * @param file the name of the bundle in messages
 * @param source its bytes; closed with the bundle, or when this fails
 * @throws AppsctlError INVALID_BUNDLE with all findings, when the bundle is not valid
 */
export async function readBundle(file: string, source: ByteSource): Promise<OpenBundle> {
  const bundle = await readPartialBundle(file, source);
  try {
    return requireValid(bundle);
  } catch (error) {
    await bundle.close();
    throw error;
  }
}

/**
 * Opens a bundle to check it. Reads only the central directory and the manifest.
 *
 * @param file the name of the bundle in messages
 * @param source its bytes; closed with the bundle, or when this fails
 * @returns what is known of the bundle, with errors among its findings if it is not valid; the caller closes it
 * @throws AppsctlError INVALID_BUNDLE with the only finding, when it is not a zip that can be read
 */
export async function readPartialBundle(file: string, source: ByteSource): Promise<OpenPartialBundle> {
  try {
    const zip = await openZip(file, source);
    const entries = new Map([...zip.entries].reverse().map((entry) => [entry.name, entry]));
    const findings = new Findings();
    checkEntryTypes(zip.entries, findings);
    const bytes = await readManifest(zip, entries.get(MANIFEST_ENTRY), findings);
    return {
      ...assembleBundle(file, zip.entries, bytes, findings),
      file,
      zip,
      read: (entry) => readEntry(file, zip, findEntry(entries, entry)),
      chunks: (entry) => chunksOf(file, zip, findEntry(entries, entry)),
      close: () => source.close(),
      [Symbol.asyncDispose]: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * The same bundle, if no errors were found in it.
 *
 * @param more what else was found in it
 * @throws AppsctlError INVALID_BUNDLE with all findings
 */
export function requireValid(bundle: OpenPartialBundle, more: readonly Finding[] = []): OpenBundle {
  const findings = new Findings();
  findings.add(bundle.findings);
  findings.add(more);
  const { manifest } = bundle;
  if (findings.hasErrors || manifest === undefined) throw invalidBundle(bundle.file, findings);
  return { ...bundle, manifest };
}

function checkEntryTypes(entries: readonly ZipEntry[], findings: Findings): void {
  for (const { name, problem, isLink } of entries) {
    const fix = 'build the zip from regular files, stored or deflated and not encrypted';
    if (problem !== undefined) findings.error('zip/unsupported-entry', name, problem, fix);
    else if (isLink) findings.error('zip/link', name, 'is a link, not a file', fix);
  }
}

function findEntry(entries: ReadonlyMap<string, ZipEntry>, { name }: BundleEntry): ZipEntry {
  const entry = entries.get(name);
  if (entry === undefined) throw new Error(`the bundle has no entry ${name}`);
  return entry;
}

async function readEntry(file: string, zip: ZipFile, entry: ZipEntry): Promise<Buffer> {
  try {
    return await zip.read(entry);
  } catch (error) {
    throw explainDamage(file, entry, error);
  }
}

async function* chunksOf(file: string, zip: ZipFile, entry: ZipEntry): AsyncGenerator<Buffer> {
  try {
    yield* zip.chunks(entry);
  } catch (error) {
    throw explainDamage(file, entry, error);
  }
}

/** Adds the names of the bundle and the entry to the errors of the zip reader; returns other errors as they are. */
function explainDamage(file: string, { name }: ZipEntry, error: unknown): unknown {
  if (!(error instanceof ZipError)) return error;
  const findings = new Findings();
  reportDamage(findings, name, error);
  return invalidBundle(file, findings);
}

/** How to fix a damaged bundle. */
const REBUILD_FIX = 'rebuild the bundle, or transfer it again';

/** Reports an entry that the zip reader could not read; throws other errors again. */
export function reportDamage(findings: Findings, location: string, error: unknown, fix = REBUILD_FIX): void {
  if (!(error instanceof ZipError)) throw error;
  findings.error('zip/damaged-entry', location, `cannot be read: ${error.message}`, fix);
}

async function openZip(file: string, source: ByteSource): Promise<ZipFile> {
  try {
    return await ZipFile.open(source, BUNDLE_ZIP);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    const findings = new Findings();
    if (error instanceof ZipLimitError) {
      const fix = 'remove what the app does not need';
      findings.error('zip/too-large', file, `is too large: ${error.message}`, fix);
    } else {
      const kind = await describeFile(source);
      const message =
        kind === undefined ? `is not a valid zip: ${error.message}` : `is not a zip file: ${kind}`;
      findings.error('zip/invalid', file, message, REBUILD_FIX);
    }
    throw invalidBundle(file, findings);
  }
}

async function readManifest(
  zip: ZipFile,
  entry: ZipEntry | undefined,
  findings: Findings,
): Promise<Buffer | undefined> {
  if (entry === undefined || entry.problem !== undefined) return undefined;
  if (!checkManifestSize(entry.size, findings)) return undefined;
  try {
    return await zip.read(entry);
  } catch (error) {
    reportDamage(findings, entry.name, error);
    return undefined;
  }
}
