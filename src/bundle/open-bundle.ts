import { assembleBundle } from '../core/app-bundle/assemble.js';
import { type AppBundle, type BundleEntry, MANIFEST_ENTRY } from '../core/app-bundle/bundle.js';
import { AppsctlError } from '../core/errors.js';
import { Findings } from '../core/findings.js';
import { MAX_MANIFEST_BYTES } from '../core/manifest/manifest.js';
import { type ByteSource, FileSource } from './byte-source.js';
import { ZipError } from './end-record.js';
import { type ZipEntry, ZipFile } from './zip-file.js';

/** A bundle whose file is open, to read functions and assets from. */
export interface OpenBundle extends AppBundle {
  /** The bundle's file as it was named. */
  readonly file: string;
  /**
   * Unpacks an entry into memory and checks it.
   *
   * @throws AppsctlError INVALID_BUNDLE when it is damaged
   */
  read(entry: BundleEntry): Promise<Buffer>;
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
    const zip = await describe(file, undefined, () => ZipFile.open(source));
    const findings = new Findings();
    const entries = uniqueEntries(zip.entries, findings);
    const manifest = entries.get(MANIFEST_ENTRY);
    const bytes = manifest && (await readManifest(file, zip, manifest));
    const bundle = assembleBundle([...entries.values()], bytes, findings);
    if (bundle === undefined) throw invalidBundle(file, findings);
    const read = (entry: BundleEntry): Promise<Buffer> => {
      const zipEntry = entries.get(entry.name);
      if (zipEntry === undefined) throw new Error(`${entry.name} is no entry of ${file}`);
      return describe(file, entry.name, () => zip.read(zipEntry));
    };
    return { ...bundle, file, read, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The error for a bundle with findings: each of its errors is told. */
export function invalidBundle(file: string, findings: Findings): AppsctlError {
  const { errors } = findings;
  const [first] = errors;
  const message =
    errors.length === 1 && first !== undefined
      ? `${file}: ${first.place}: ${first.message}`
      : `${file} has ${errors.length} errors`;
  return new AppsctlError('INVALID_BUNDLE', message, {
    hint: errors.length === 1 ? first?.fix : undefined,
    findings: findings.all,
  });
}

function uniqueEntries(all: readonly ZipEntry[], findings: Findings): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  for (const entry of all) {
    if (entries.has(entry.name))
      findings.error(entry.name, 'stands twice in the zip', 'build the bundle anew');
    else entries.set(entry.name, entry);
  }
  return entries;
}

async function readManifest(file: string, zip: ZipFile, entry: ZipEntry): Promise<Buffer> {
  if (entry.size > MAX_MANIFEST_BYTES) {
    const message = `${file}: ${entry.name} has ${entry.size} bytes, over the limit of ${MAX_MANIFEST_BYTES}`;
    throw new AppsctlError('INVALID_BUNDLE', message, {
      hint: 'the Mattermost server takes no larger manifest',
    });
  }
  return describe(file, entry.name, () => zip.read(entry));
}

/** Says which file, and which entry of it, a zip's damage concerns. */
async function describe<T>(file: string, entry: string | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    const message = entry === undefined ? `${file} is no readable zip` : `${file}: cannot read ${entry}`;
    throw new AppsctlError('INVALID_BUNDLE', `${message}: ${error.message}`, {
      hint: 'build or download the bundle again',
      cause: error,
    });
  }
}
