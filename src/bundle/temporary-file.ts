import { rmSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppsctlError } from '../core/diagnostics/error.js';
import { fileProblem } from '../core/diagnostics/fs-error.js';

/** A file that only this user can read, until it is removed. */
export interface TemporaryFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Closes the file and removes it with its folder. */
  remove(): Promise<void>;
}

/**
 * Creates an empty file in a new folder of its own. Both are also removed when the process exits, unless it is killed.
 *
 * @throws AppsctlError OUTPUT
 */
export async function createTemporaryFile(): Promise<TemporaryFile> {
  let folder: string | undefined;
  const removeNow = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  // When a command is interrupted before it changes anything, the process exits without waiting.
  process.once('exit', removeNow);
  try {
    folder = await mkdtemp(join(tmpdir(), 'appsctl-'));
    const path = join(folder, 'bundle.zip');
    const handle = await open(path, 'wx', 0o600);
    const created = folder;
    return {
      path,
      handle,
      async remove() {
        await handle.close();
        await rm(created, { recursive: true, force: true });
        process.removeListener('exit', removeNow);
      },
    };
  } catch (error) {
    removeNow();
    process.removeListener('exit', removeNow);
    throw temporaryFileError(error);
  }
}

/** The error for a temporary file that cannot be written. */
export function temporaryFileError(error: unknown): AppsctlError {
  return new AppsctlError('OUTPUT', `cannot write a temporary file in ${tmpdir()}: ${fileProblem(error)}`, {
    hint: 'make room there, or name another folder with TMPDIR',
    cause: error,
  });
}
