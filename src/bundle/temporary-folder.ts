import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/** A folder that only this user can read, until it is removed. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes the folder with everything in it, unless it is kept. */
  remove(): Promise<void>;
  /** Leaves the folder where it is, whatever happens. */
  keep(): void;
}

/** The temporary folders that exist. */
const folders = new Set<string>();

/** When a command is interrupted before it changes anything, the process exits without waiting. */
function removeAll(): void {
  // A file may be created at this very moment.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Creates an empty folder. It is also removed when the process exits, unless it is killed.
 *
 * @param prefix the beginning of its path
 * @throws an error of the file system
 */
export function createTemporaryFolder(prefix: string): TemporaryFolder {
  // Synchronous, so that no exit can come between its creation and what follows.
  const path = mkdtempSync(prefix);
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(path);
  const keep = (): void => {
    folders.delete(path);
    if (folders.size === 0) process.removeListener('exit', removeAll);
  };
  const remove = async (): Promise<void> => {
    if (!folders.has(path)) return;
    await rm(path, { recursive: true, force: true });
    keep();
  };
  return { path, remove, keep };
}
