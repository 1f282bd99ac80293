import { type Dirent, readFileSync } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { fileErrorCode, fileProblem } from '../../core/diagnostics/fs-error.js';
import { compareUtf8, decodeUtf8 } from '../../core/text.js';
import { findWorkspaceRoot } from './workspace-root.js';

/** Something in a folder; for a link, what it points to. */
export interface FolderItem {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly isLink: boolean;
  /** The path as a user knows it, for messages. */
  readonly path: string;
  /** The path without links. */
  readonly realPath: string;
  /** Why it cannot be packaged, for the kind `other`. */
  readonly problem?: string;
}

/**
 * The folder of an app, from which a bundle is built. Links out of it and out of its workspace are an error: they would
 * point elsewhere on another machine.
 */
export class AppFolder {
  private constructor(
    readonly path: string,
    readonly realPath: string,
    /** The real path of the folder that contains everything that may be packaged. */
    readonly workspaceRoot: string,
    private readonly excluded?: string,
  ) {}

  /** @throws AppsctlError INVALID_BUNDLE when the folder does not exist */
  static async open(path: string): Promise<AppFolder> {
    const realPath = await withFsErrors(path, () => realpath(path));
    return new AppFolder(path, realPath, await findWorkspaceRoot(realPath));
  }

  /**
   * The same folder without one file.
   *
   * @param file the real path of the bundle that is about to be written
   */
  without(file: string | undefined): AppFolder {
    return new AppFolder(this.path, this.realPath, this.workspaceRoot, file);
  }

  /** The folder itself. */
  get root(): FolderItem {
    const { path, realPath } = this;
    return { name: basename(realPath), kind: 'folder', isLink: false, path, realPath };
  }

  /**
   * Lists a folder.
   *
   * @param folder the app's folder, or one in it
   * @returns its items in UTF-8 order
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read, or a name in it is not UTF-8
   */
  async list({ path, realPath }: Pick<FolderItem, 'path' | 'realPath'> = this.root): Promise<FolderItem[]> {
    const options = { withFileTypes: true, encoding: 'buffer' } as const;
    const items: FolderItem[] = [];
    for (const entry of await withFsErrors(path, () => readdir(realPath, options))) {
      const name = decodeName(path, entry.name);
      const item = await this.resolve(entry, name, join(path, name), join(realPath, name));
      if (item.realPath !== this.excluded) items.push(item);
    }
    return items.sort((a, b) => compareUtf8(a.name, b.name));
  }

  /**
   * Finds a file or folder by its path.
   *
   * @param path relative to the app's folder, with slashes; empty for the folder itself
   * @returns undefined when it does not exist
   */
  async find(path: string): Promise<FolderItem | undefined> {
    if (path === '') return this.root;
    const shown = join(this.path, path);
    const at = join(this.realPath, path);
    try {
      return await this.followLink(basename(path), shown, at);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error))) return undefined;
      throw toReadError(shown, error);
    }
  }

  private async resolve(
    entry: Dirent<Buffer>,
    name: string,
    path: string,
    realPath: string,
  ): Promise<FolderItem> {
    if (entry.isFile()) return { name, kind: 'file', isLink: false, path, realPath };
    if (entry.isDirectory()) return { name, kind: 'folder', isLink: false, path, realPath };
    const invalid = (problem: string): FolderItem => {
      return { name, kind: 'other', isLink: entry.isSymbolicLink(), path, realPath, problem };
    };
    if (!entry.isSymbolicLink()) return invalid('is neither a file nor a folder');
    try {
      return await this.followLink(name, path, realPath);
    } catch (error) {
      const clause = fileErrorCode(error) === 'ELOOP' ? 'which points back to it' : 'which does not exist';
      return invalid(`is a link to ${await readlink(realPath)}, ${clause}`);
    }
  }

  /** @throws Error of Node's file system when there is nothing at the path */
  private async followLink(name: string, path: string, link: string): Promise<FolderItem> {
    const realPath = await realpath(link);
    const isLink = realPath !== link;
    const invalid = async (clause: string): Promise<FolderItem> => {
      const target = await readlink(link).catch(() => realPath);
      const problem = `is a link to ${target}, ${clause}`;
      return { name, kind: 'other', isLink, path, realPath, problem };
    };
    if (!isInside(realPath, this.workspaceRoot)) {
      const where = this.workspaceRoot === this.realPath ? '' : ' and its workspace';
      return invalid(`outside the folder of the app${where}`);
    }
    const found = await stat(realPath);
    if (!found.isFile() && !found.isDirectory()) return invalid('which is neither a file nor a folder');
    return { name, kind: found.isFile() ? 'file' : 'folder', isLink, path, realPath };
  }
}

/** Whether a path is a folder or something in it; both without links. */
export function isInside(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below !== '..' && !below.startsWith(`..${sep}`);
}

/** @throws AppsctlError INVALID_BUNDLE when it is neither a file nor a folder */
export function assertFileOrFolder({ path, problem }: FolderItem): void {
  if (problem !== undefined) throw cannotPackage(path, problem);
}

/** The error for something that cannot be packaged. */
export function cannotPackage(
  path: string,
  problem: string,
  hint = problem.startsWith('is a link') ? LINK_HINT : 'remove it',
): AppsctlError {
  return new AppsctlError('INVALID_BUNDLE', `${path} ${problem}`, { hint });
}

const LINK_HINT = 'replace the link with what it points to';

/**
 * Reads a file of the app. Most are small, and reading them without waiting takes a tenth of the time.
 *
 * @throws AppsctlError INVALID_BUNDLE when it cannot be read
 */
export function readAppFile(path: string): Promise<Buffer> {
  return withFsErrors(path, async () => readFileSync(path));
}

async function withFsErrors<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toReadError(path, error);
  }
}

function toReadError(path: string, error: unknown): AppsctlError {
  const isNotFolder = ['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error));
  const reason = fileProblem(error, { ENOTDIR: 'it is not a folder' });
  return new AppsctlError('INVALID_BUNDLE', `cannot read ${path}: ${reason}`, {
    hint: isNotFolder ? APP_FOLDER_HINT : 'make it readable, or move it out of the folder',
    cause: error,
  });
}

/** What the folder of an app is. */
export const APP_FOLDER_HINT =
  'name a folder with manifest.json, static/ and a folder or archive for each function';

function decodeName(folder: string, bytes: Buffer): string {
  const name = decodeUtf8(bytes);
  if (name !== undefined) return name;
  const path = join(folder, bytes.toString('latin1'));
  throw new AppsctlError('INVALID_BUNDLE', `the name of ${path} is not UTF-8`, { hint: 'rename it' });
}
