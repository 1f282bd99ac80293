import type { Findings } from '../../core/diagnostics/findings.js';
import type { ZipFileContent } from '../../zip/write-zip.js';
import { readAppFile } from './app-folder.js';
import type { FileCollector } from './collect-files.js';
import { isSecret } from './left-out.js';

/**
 * Reads collected files one after the other, so that only one is in memory, and reports the first that usually contains
 * secrets.
 *
 * @param archive the name of the function archive that they are for; undefined for assets
 * @param findings collects a warning
 * @param sizes gets the bytes of each file, by path in the zip
 */
export async function* readFiles(
  { files, paths }: FileCollector,
  archive: string | undefined,
  findings: Findings,
  sizes: Map<string, number>,
): AsyncGenerator<ZipFileContent> {
  const secret = paths.find(isSecret);
  if (secret !== undefined) {
    const location = archive === undefined ? secret : `${archive}: ${secret}`;
    const fix = 'leave it out with .appsctlignore';
    findings.warning('package/secret', location, 'usually contains secrets', fix);
  }
  for (const path of paths) {
    const data = await readAppFile(files.get(path) ?? path);
    sizes.set(path, data.length);
    yield { name: path, data };
  }
}
