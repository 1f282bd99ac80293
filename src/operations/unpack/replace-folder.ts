import { existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTemporaryFolder, type TemporaryFolder } from '../../bundle/temporary-folder.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { fileErrorCode } from '../../core/diagnostics/fs-error.js';

/** Where the new folder is written, until it is complete. */
export interface Replacement {
  /** The path of the new folder, which does not exist yet. */
  readonly path: string;
  /**
   * Puts the new folder into its place. It runs to its end: it must not be interrupted.
   *
   * @param check whether what is in its place may be replaced; called each time before it is
   * @throws an error of the file system, and what the check throws; the place is then as it was
   */
  commit(check: () => Promise<unknown>): Promise<void>;
  /** Removes what is left of the new folder and of the one that was replaced. */
  discard(): Promise<void>;
}

/** How often the place is given up to other runs that write the same folder. */
const MAX_ATTEMPTS = 10;

/**
 * Begins to replace a folder, or to create it. The new one is written to a temporary folder beside it, which is removed
 * even if the process exits, unless it is killed.
 *
 * @param target the path of the folder, without links
 * @throws an error of the file system
 */
export function beginReplacement(target: string): Replacement {
  const temporary = createTemporaryFolder(join(dirname(target), '.appsctl-'));
  const path = join(temporary.path, 'new');
  return {
    path,
    async commit(check) {
      for (let attempt = 1; ; attempt++) {
        await check();
        const old = join(temporary.path, `old-${attempt}`);
        if (swap(path, target, old, temporary)) return;
        if (attempt === MAX_ATTEMPTS)
          throw Object.assign(new Error('other runs write the same folder'), { code: 'EBUSY' });
      }
    },
    discard: () => temporary.remove(),
  };
}

/** What the file system says if something is there; EPERM on Windows. */
const TAKEN: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM']);

/**
 * Moves the new folder to its place, after what is there has been moved away. There is no way to exchange two folders at
 * once, so this is synchronous: nothing can come in between, unless the process is killed.
 *
 * @param old where the folder that is there is moved
 * @returns false if another run was faster
 */
function swap(path: string, target: string, old: string, temporary: TemporaryFolder): boolean {
  try {
    // Also replaces an empty folder, except on Windows.
    renameSync(path, target);
    return true;
  } catch (error) {
    if (!TAKEN.has(fileErrorCode(error))) throw error;
  }
  try {
    renameSync(target, old);
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    renameSync(path, target);
    return true;
  } catch (error) {
    if (existsSync(target)) return false;
    restore(old, target, temporary);
    throw error;
  }
}

/** Moves a folder back. */
function restore(old: string, target: string, temporary: TemporaryFolder): void {
  try {
    renameSync(old, target);
  } catch (error) {
    temporary.keep();
    throw new AppsctlError('OUTPUT', `cannot replace ${target}: what was there is now ${old}`, {
      hint: 'move it back',
      cause: error,
    });
  }
}
