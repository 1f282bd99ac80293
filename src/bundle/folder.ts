import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppsctlError } from '../core/errors.js';
import { compareUtf8 } from '../core/text.js';

/** What desktop systems and git leave behind in folders. */
const LEFTOVERS: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '.git']);

/** A file or folder in a folder. Links, devices and the like are neither; see {@link FolderItem.isOther}. */
export interface FolderItem {
  readonly name: string;
  readonly isFile: boolean;
  /** Whether it is neither a file nor a folder. */
  readonly isOther: boolean;
}

/**
 * What stands directly in a folder.
 *
 * @throws AppsctlError INVALID_BUNDLE when there is no such folder, it cannot be read, or a name in it is not UTF-8
 */
export async function readFolder(path: string): Promise<FolderItem[]> {
  const entries = await tellingWhy(path, () => readdir(path, { withFileTypes: true, encoding: 'buffer' }));
  return entries.map((entry) => ({
    name: decodeName(path, entry.name),
    isFile: entry.isFile(),
    isOther: !entry.isFile() && !entry.isDirectory(),
  }));
}

/**
 * The files below a folder, without what desktop systems leave behind.
 *
 * @returns slash-separated paths in UTF-8 order
 * @throws AppsctlError INVALID_BUNDLE when something there cannot be read, or is neither a file nor a folder
 */
export async function filesBelow(root: string, below = ''): Promise<string[]> {
  const names: string[] = [];
  for (const item of await readFolder(join(root, below))) {
    if (LEFTOVERS.has(item.name)) continue;
    const path = below === '' ? item.name : `${below}/${item.name}`;
    refuseOther(join(root, path), item);
    if (item.isFile) names.push(path);
    else names.push(...(await filesBelow(root, path)));
  }
  return names.sort(compareUtf8);
}

/** @throws AppsctlError INVALID_BUNDLE when it is neither a file nor a folder */
export function refuseOther(path: string, { isOther }: FolderItem): void {
  if (!isOther) return;
  throw new AppsctlError('INVALID_BUNDLE', `${path} is neither a file nor a folder`, {
    hint: 'replace a link by what it points to',
  });
}

/**
 * The content of a file.
 *
 * @throws AppsctlError INVALID_BUNDLE when it cannot be read
 */
export function readWhole(path: string): Promise<Uint8Array> {
  return tellingWhy(path, () => readFile(path));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is no folder',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  EISDIR: 'is a folder, not a file',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB',
};

async function tellingWhy<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new AppsctlError('INVALID_BUNDLE', `${path} ${REASONS[code] ?? `cannot be read: ${message}`}`, {
      hint: HINTS[code] ?? 'make it readable, or move it elsewhere',
      cause: error,
    });
  }
}

const FOLDER_HINT = 'name a folder with manifest.json, static/ and a folder or archive for each function';
const HINTS: Readonly<Record<string, string>> = { ENOENT: FOLDER_HINT, ENOTDIR: FOLDER_HINT };

function decodeName(folder: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const name = bytes.toString('latin1');
    throw new AppsctlError('INVALID_BUNDLE', `the name of ${join(folder, name)} is not UTF-8`, {
      hint: 'rename it',
      cause: error,
    });
  }
}
