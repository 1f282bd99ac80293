import type { BundleFunction } from '../../core/bundle/bundle.js';
import { MemorySource } from '../../zip/byte-source.js';
import { ZipFile } from '../../zip/zip-file.js';
import type { OpenBundle } from '../open-bundle.js';
import { FUNCTION_ZIP } from '../zip-limits.js';
import type { PackagedFunction } from './package-function.js';

/**
 * Counts what the archive of a function contains.
 *
 * @param bundle a bundle that has been verified
 * @throws AppsctlError INVALID_BUNDLE when the archive is damaged
 */
export async function measureArchive(bundle: OpenBundle, item: BundleFunction): Promise<PackagedFunction> {
  const { name, archive } = item;
  const entry = bundle.zip.entries.find((candidate) => candidate.name === archive.name);
  const stored = entry && (await bundle.zip.storedBytes(entry));
  const source = stored ?? new MemorySource(await bundle.read(archive));
  const files = (await ZipFile.open(source, FUNCTION_ZIP)).entries.filter((file) => !file.name.endsWith('/'));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { name, files: files.length, bytes, packedBytes: archive.size };
}
