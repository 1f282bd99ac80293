import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppsctlError } from '../core/diagnostics/error.js';
import { fileProblem } from '../core/diagnostics/fs-error.js';
import { formatBytes } from '../core/units.js';
import { createTemporaryFolder } from './temporary-folder.js';

/** Linux has a path here for each open file, which works after the file was removed. */
const DESCRIPTORS = '/proc/self/fd';
const NAME = 'bundle.zip';

/** A file that only this user can read, until it is removed. */
export interface TemporaryFile {
  /** Of use only in this process. */
  readonly path: string;
  readonly handle: FileHandle;
  /** The folder that has to have room for it. */
  readonly folder: string;
  /** Closes the file and removes it. */
  remove(): Promise<void>;
}

/**
 * Creates an empty file. On Linux it has no name, so that it is gone with the process, even if that is killed. Elsewhere it
 * is in a new folder of its own, and both are removed when the process exits, unless it is killed.
 *
 * @param folder where there is room for it
 * @param descriptors a folder with a path for each open file, if the system has one
 * @throws AppsctlError OUTPUT
 */
export async function createTemporaryFile(
  folder: string = tmpdir(),
  descriptors: string = DESCRIPTORS,
): Promise<TemporaryFile> {
  try {
    const own = createTemporaryFolder(join(folder, 'appsctl-'));
    try {
      const { path, handle } = existsSync(descriptors)
        ? await createNameless(own.path, descriptors)
        : await createNamed(own.path);
      const remove = async (): Promise<void> => {
        await handle.close();
        await own.remove();
      };
      return { path, handle, folder, remove };
    } catch (error) {
      await own.remove();
      throw error;
    }
  } catch (error) {
    throw temporaryFileError(folder, error);
  }
}

type OpenFile = Pick<TemporaryFile, 'path' | 'handle'>;

async function createNamed(folder: string): Promise<OpenFile> {
  const path = join(folder, NAME);
  return { path, handle: await open(path, 'wx', 0o600) };
}

async function createNameless(folder: string, descriptors: string): Promise<OpenFile> {
  // Synchronous, so that nothing comes between its creation and its removal.
  const descriptor = openSync(join(folder, NAME), 'wx', 0o600);
  try {
    removeIfPossible(folder);
    const handle = await open(join(descriptors, String(descriptor)), 'r+');
    return { path: join(descriptors, String(handle.fd)), handle };
  } finally {
    closeSync(descriptor);
  }
}

/** A network file system keeps a name for a file that is open; then it is removed once it is closed. */
function removeIfPossible(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Not yet.
  }
}

/**
 * Checks that there is room for a temporary file, as far as the system tells.
 *
 * @param bytes what is to be written to it
 * @throws AppsctlError OUTPUT
 */
export async function checkRoom({ folder }: Pick<TemporaryFile, 'folder'>, bytes: number): Promise<void> {
  const free = await statfs(folder).then(
    ({ bavail, bsize, blocks }) => (blocks === 0 ? undefined : bavail * bsize),
    () => undefined,
  );
  if (free === undefined || free >= bytes) return;
  const reason = `it needs ${formatBytes(bytes)}, and ${formatBytes(free)} are free`;
  throw new AppsctlError('OUTPUT', `cannot write a temporary file in ${folder}: ${reason}`, {
    hint: `make room there, or ${NAME_ANOTHER}`,
  });
}

const NAME_ANOTHER = 'name another folder with TMPDIR';

/** The error for a temporary file that cannot be written. */
export function temporaryFileError(folder: string, error: unknown): AppsctlError {
  return new AppsctlError('OUTPUT', `cannot write a temporary file in ${folder}: ${fileProblem(error)}`, {
    hint: isFull(error) ? `make room there, or ${NAME_ANOTHER}` : NAME_ANOTHER,
    cause: error,
  });
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
