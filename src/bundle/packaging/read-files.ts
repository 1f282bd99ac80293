import type { Findings } from '../../core/diagnostics/findings.js';
import { compareUtf8 } from '../../core/text.js';
import type { ZipFileContent } from '../../zip/write-zip.js';
import type { FileContent } from '../bundle-function.js';
import { readAppFile } from './app-folder.js';
import { isSecret } from './left-out.js';

/**
 * Reads files one after the other, so that only one is in memory, and reports the first that usually contains secrets.
 *
 * @param files by path in the zip
 * @param archive the name of the function archive that they are for; undefined for assets
 * @param findings collects a warning
 * @param sizes gets the bytes of each file, by path in the zip
 * @returns the files in UTF-8 order of their paths
 */
export async function* readFiles(
  files: ReadonlyMap<string, FileContent>,
  archive: string | undefined,
  findings: Findings,
  sizes: Map<string, number>,
): AsyncGenerator<ZipFileContent> {
  const paths = [...files.keys()].sort(compareUtf8);
  const secret = paths.find(isSecret);
  if (secret !== undefined) {
    const location = archive === undefined ? secret : `${archive}: ${secret}`;
    const fix = 'leave it out with .appsctlignore';
    findings.warning('package/secret', location, 'usually contains secrets', fix);
  }
  for (const path of paths) {
    const content = files.get(path) ?? path;
    const data = typeof content === 'string' ? await readAppFile(content) : content;
    sizes.set(path, data.length);
    yield { name: path, data };
  }
}
