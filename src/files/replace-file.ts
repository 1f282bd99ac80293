import { randomUUID } from 'node:crypto';
import { chown, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** How a file is replaced. */
export interface Replacement {
  /** The permissions, whatever the umask is. */
  readonly mode: number;
  /** Who it belongs to, if that can be set: only a superuser can give a file away. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Writes a temporary file in the same folder and renames it, so that no one reads an incomplete file, whatever happens.
 *
 * @throws an error of Node's file system; nothing is left behind
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  { mode, owner }: Replacement,
): Promise<void> {
  const path = resolve(file);
  const temporary = temporaryFile(path);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (owner !== undefined) await chown(temporary, owner.uid, owner.gid).catch(() => undefined);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Checks that a file can be replaced, by creating a temporary file: permissions alone do not show whether a file system
 * can be written.
 *
 * @throws an error of Node's file system
 */
export async function tryToReplace(file: string, { mode }: Replacement): Promise<void> {
  const temporary = temporaryFile(resolve(file));
  await writeFile(temporary, '', { flag: 'wx', mode });
  await rm(temporary);
}

function temporaryFile(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
}

/** Makes a renamed file survive a power failure, where the system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
