import type { Findings } from '../../core/diagnostics/findings.js';
import { LIMITS } from '../../core/limits.js';
import { compareUtf8, joinFirst } from '../../core/text.js';
import type { ZipFileContent } from '../../zip/write-zip.js';
import { relativePath } from '../app-paths.js';
import type { FileContent } from '../bundle-function.js';
import type { AppFolder } from './app-folder.js';
import { isSecret } from './left-out.js';
import type { Sizes } from './size-budget.js';

const SMALL_FILE_BYTES = 64 * 1024;

/**
 * Reads files one after the other, so that only one is in memory. Small ones are read into the same buffer: the content of a
 * file is only valid until the next one, which saves memory and time for thousands of files.
 *
 * @param files by path in the zip
 * @param sizes of those that are read
 * @returns the files in UTF-8 order of their paths
 * @throws AppsctlError INVALID_BUNDLE when a file cannot be read, or has another size than before
 */
export function* readFiles(
  files: ReadonlyMap<string, FileContent>,
  sizes: Sizes,
  folder: AppFolder,
): Generator<ZipFileContent> {
  const buffer = Buffer.alloc(SMALL_FILE_BYTES);
  for (const path of [...sizes.keys()].sort(compareUtf8)) {
    const content = files.get(path) ?? path;
    if (typeof content === 'string')
      yield { name: path, data: readFile(content, sizes.get(path) ?? 0, folder, buffer) };
    else yield { name: path, data: content };
  }
}

/**
 * Reads a file that was measured.
 *
 * @param size its bytes
 * @param buffer what a file that fits is read into
 * @throws AppsctlError INVALID_BUNDLE when it cannot be read, or has another size
 */
export function readFile(realPath: string, size: number, folder: AppFolder, buffer?: Buffer): Buffer {
  const data = folder.read(realPath, LIMITS.function, buffer);
  if (data.length === size) return data;
  const message = 'has changed while it was packaged';
  throw folder.error('package/unreadable', folder.locate(realPath), message, 'package the folder again');
}

/** The number of files that a warning names. */
const MAX_NAMED = 3;

/**
 * Reports files that look like those with secrets.
 *
 * @param files by path in the zip
 * @param archive the name of the function archive that they are for; undefined for assets
 */
export function reportSecrets(
  files: ReadonlyMap<string, FileContent>,
  archive: string | undefined,
  folder: AppFolder,
  findings: Findings,
): void {
  const isSecretFile = (content: FileContent): boolean =>
    typeof content === 'string' && isSecret(relativePath(folder.workspaceRoot, content));
  const secrets = [...files].flatMap(([path, content]) => (isSecretFile(content) ? [path] : []));
  const [first, ...others] = secrets.sort(compareUtf8);
  if (first === undefined) return;
  const location = archive === undefined ? first : `${archive}: ${first}`;
  const message =
    others.length === 0
      ? 'looks like a file with secrets'
      : `looks like a file with secrets, as do ${joinFirst(others, MAX_NAMED)}`;
  const fix = 'leave it out, and set secrets as environment variables of the function';
  findings.warning('package/secret', location, message, fix);
}
