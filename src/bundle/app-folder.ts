import type { Dirent } from 'node:fs';
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AppsctlError } from '../core/diagnostics/error.js';
import { fileErrorCode, fileProblem } from '../core/diagnostics/fs-error.js';
import { LIMITS } from '../core/limits.js';
import { compareUtf8, decodeUtf8 } from '../core/text.js';

/** Files and folders of desktop systems and version control. */
const IGNORED_NAMES: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '.git', '.svn']);
/** The links to commands that npm creates. Functions do not need them. */
const NPM_BIN_FOLDER = /(?:^|\/)node_modules\/\.bin$/;

/** Something in a folder; for a link, what it points to. */
export interface FolderItem {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** The path without links. */
  readonly realPath: string;
  /** Why it cannot be packaged, for the kind `other`. */
  readonly problem?: string;
}

/**
 * The folder of an app, from which a bundle is built. Links out of the folder are an error: they would point elsewhere on
 * another machine.
 */
export class AppFolder {
  private constructor(
    readonly path: string,
    private readonly realPath: string,
    private readonly excluded?: string,
  ) {}

  /** @throws AppsctlError INVALID_BUNDLE when the folder does not exist */
  static async open(path: string): Promise<AppFolder> {
    return new AppFolder(path, await withFsErrors(path, () => realpath(path)));
  }

  /**
   * The same folder without one file.
   *
   * @param file the real path of the bundle that is about to be written
   */
  without(file: string | undefined): AppFolder {
    return new AppFolder(this.path, this.realPath, file);
  }

  /**
   * Lists the folder, or a subfolder.
   *
   * @returns its items in UTF-8 order
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read, or a name in it is not UTF-8
   */
  async list(subfolder = '', realPath = this.realPath): Promise<FolderItem[]> {
    const path = join(this.path, subfolder);
    const options = { withFileTypes: true, encoding: 'buffer' } as const;
    const items: FolderItem[] = [];
    for (const entry of await withFsErrors(path, () => readdir(path, options))) {
      const name = decodeName(path, entry.name);
      const item = await this.resolve(entry, { name, realPath: join(realPath, name) });
      if (item.realPath !== this.excluded) items.push(item);
    }
    return items.sort((a, b) => compareUtf8(a.name, b.name));
  }

  /**
   * Finds all files in a subfolder, without those of desktop systems and version control.
   *
   * @returns paths relative to the subfolder, with slashes, in UTF-8 order
   * @throws AppsctlError INVALID_BUNDLE when something in it cannot be packaged
   */
  async findFiles(folder: FolderItem): Promise<string[]> {
    const files: string[] = [];
    const folderPath = join(this.path, folder.name);
    const walk = async (
      below: string,
      { realPath }: FolderItem,
      parents: readonly string[],
    ): Promise<void> => {
      if (parents.includes(realPath))
        throw refusal(join(folderPath, below), 'is a link to a folder that contains it');
      for (const item of await this.list(join(folder.name, below), realPath)) {
        const path = below === '' ? item.name : `${below}/${item.name}`;
        if (IGNORED_NAMES.has(item.name) || NPM_BIN_FOLDER.test(`${folder.name}/${path}`)) continue;
        if (item.problem !== undefined) throw refusal(join(folderPath, path), item.problem);
        if (item.kind === 'folder') await walk(path, item, [...parents, realPath]);
        else files.push(path);
      }
      if (files.length > LIMITS.functionEntries)
        throw refusal(folderPath, `has more than ${LIMITS.functionEntries} files`, 'remove files from it');
    };
    await walk('', folder, []);
    return files.sort(compareUtf8);
  }

  /** @throws AppsctlError INVALID_BUNDLE when it is neither a file nor a folder */
  assertFileOrFolder(item: FolderItem): void {
    if (item.problem !== undefined) throw refusal(join(this.path, item.name), item.problem);
  }

  /**
   * Reads a file of the folder.
   *
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read
   */
  readFile(path: string): Promise<Uint8Array> {
    const file = join(this.path, path);
    return withFsErrors(file, () => readFile(file));
  }

  private async resolve(
    entry: Dirent<Buffer>,
    item: Pick<FolderItem, 'name' | 'realPath'>,
  ): Promise<FolderItem> {
    if (entry.isFile()) return { ...item, kind: 'file' };
    if (entry.isDirectory()) return { ...item, kind: 'folder' };
    if (entry.isSymbolicLink()) return this.followLink(item);
    return { ...item, kind: 'other', problem: 'is neither a file nor a folder' };
  }

  private async followLink({
    name,
    realPath: link,
  }: Pick<FolderItem, 'name' | 'realPath'>): Promise<FolderItem> {
    const text = await readlink(link);
    const invalid = (clause: string): FolderItem => {
      return { name, realPath: link, kind: 'other', problem: `is a link to ${text}, ${clause}` };
    };
    let target: string;
    try {
      target = await realpath(link);
    } catch (error) {
      return invalid(fileErrorCode(error) === 'ELOOP' ? 'which points back to it' : 'which does not exist');
    }
    const fromRoot = relative(this.realPath, target);
    if (fromRoot === '..' || fromRoot.startsWith(`..${sep}`)) return invalid('outside the folder of the app');
    const found = await stat(target);
    if (!found.isFile() && !found.isDirectory()) return invalid('which is neither a file nor a folder');
    return { name, realPath: target, kind: found.isFile() ? 'file' : 'folder' };
  }
}

function refusal(
  path: string,
  problem: string,
  hint = problem.startsWith('is a link') ? 'replace the link with what it points to' : 'remove it',
): AppsctlError {
  return new AppsctlError('INVALID_BUNDLE', `${path} ${problem}`, { hint });
}

async function withFsErrors<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const isNotFolder = ['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error));
    const reason = fileProblem(error, { ENOTDIR: 'it is not a folder' });
    throw new AppsctlError('INVALID_BUNDLE', `cannot read ${path}: ${reason}`, {
      hint: isNotFolder ? APP_FOLDER_HINT : 'make it readable, or move it out of the folder',
      cause: error,
    });
  }
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
