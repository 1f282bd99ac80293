import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
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

/** The folders of temporary files that exist. */
const folders = new Set<string>();

/** When a command is interrupted before it changes anything, the process exits without waiting. */
function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/**
 * Creates an empty file in a new folder of its own. Both are also removed when the process exits, unless it is killed.
 *
 * @throws AppsctlError OUTPUT
 */
export async function createTemporaryFile(): Promise<TemporaryFile> {
  let folder: string;
  try {
    // Synchronous, so that no exit can come between its creation and what follows.
    folder = mkdtempSync(join(tmpdir(), 'appsctl-'));
  } catch (error) {
    throw temporaryFileError(error);
  }
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(folder);
  const removeFolder = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    folders.delete(folder);
    if (folders.size === 0) process.removeListener('exit', removeAll);
  };
  try {
    const path = join(folder, 'bundle.zip');
    const handle = await open(path, 'wx', 0o600);
    const remove = async (): Promise<void> => {
      await handle.close();
      await removeFolder();
    };
    return { path, handle, remove };
  } catch (error) {
    await removeFolder();
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
