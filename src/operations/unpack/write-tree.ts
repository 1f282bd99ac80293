import { chmod, mkdir, open, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../core/async/clock.js';
import { mapConcurrent } from '../../core/async/concurrency.js';
import { foldersOf } from '../../core/unpack/file-names.js';

/** A file to write. */
export interface TreeFile {
  /** The path in the folder, with slashes. */
  readonly path: string;
  /** The content; called once. */
  readonly chunks: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const CONCURRENT_FILES = 4;

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;
/** 1 January 1980, the earliest date of zip files. Same files with same times leave caches alone. */
const TIME = new Date(Date.UTC(1980, 0, 1));

/**
 * Writes files into a new folder. The modes and times of files and folders are always the same.
 *
 * @param folder does not exist
 * @param last the file that is written when all others are
 * @param signal aborts the writing
 * @throws AppsctlError INTERRUPTED; an error of the file system; what the files throw
 */
export async function writeTree(
  folder: string,
  files: readonly TreeFile[],
  last: TreeFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const folders = [...foldersOf(files.map(({ path }) => path))].map((path) => join(folder, path));
  // A folder comes after the one that it is in.
  const all = [folder, ...folders.sort((a, b) => a.length - b.length)];
  for (const path of all) await mkdir(path);
  await mapConcurrent(files, CONCURRENT_FILES, (file) => writeFile(folder, file, signal));
  await writeFile(folder, last, signal);
  // Writing into a folder has changed its time.
  for (const path of all) {
    await chmod(path, FOLDER_MODE);
    await utimes(path, TIME, TIME);
  }
}

async function writeFile(
  folder: string,
  { path, chunks }: TreeFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  throwIfAborted(signal);
  const handle = await open(join(folder, path), 'wx', FILE_MODE);
  try {
    for await (const chunk of chunks()) {
      throwIfAborted(signal);
      await handle.appendFile(chunk);
    }
    // The mask of the process does not matter.
    await handle.chmod(FILE_MODE);
    await handle.utimes(TIME, TIME);
  } finally {
    await handle.close();
  }
}
