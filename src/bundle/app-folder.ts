import type { Dirent } from 'node:fs';
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AppsctlError } from '../core/diagnostics/error.js';
import { LIMITS } from '../core/limits.js';
import { compareUtf8 } from '../core/text.js';

/** What desktop systems and version control leave behind in folders. */
const IGNORED_NAMES: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '.git', '.svn']);
/** Links to commands that npm makes; no function needs them. */
const NPM_BIN_FOLDER = /(?:^|\/)node_modules\/\.bin$/;

/** Something in a folder; for a link, what it leads to. */
export interface FolderItem {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** Where it really is: another location for a link. */
  readonly realPath: string;
  /** Why it cannot be packed, if it is neither a file nor a folder. */
  readonly problem?: string;
}

/** The folder of an app, from which a bundle is built. Links that lead out of it are refused: they would lead elsewhere on another machine. */
export class AppFolder {
  private constructor(
    readonly path: string,
    private readonly realPath: string,
    private readonly output?: string,
  ) {}

  /**
   * @param path the path of the folder
   * @throws AppsctlError INVALID_BUNDLE when there is no such folder
   */
  static async open(path: string): Promise<AppFolder> {
    return new AppFolder(path, await withFsErrors(path, () => realpath(path)));
  }

  /** @param output the real path of a file that is about to be written, which is no part of the app */
  without(output: string | undefined): AppFolder {
    return new AppFolder(this.path, this.realPath, output);
  }

  /**
   * Reads what is directly in the folder, or in one below it.
   *
   * @returns in UTF-8 order
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read, or a name in it is not UTF-8
   */
  async read(below = '', realPath = this.realPath): Promise<FolderItem[]> {
    const path = join(this.path, below);
    const options = { withFileTypes: true, encoding: 'buffer' } as const;
    const items: FolderItem[] = [];
    for (const entry of await withFsErrors(path, () => readdir(path, options))) {
      const name = decodeName(path, entry.name);
      const item = await this.itemOf(entry, { name, realPath: join(realPath, name) });
      if (item.realPath !== this.output) items.push(item);
    }
    return items.sort((a, b) => compareUtf8(a.name, b.name));
  }

  /**
   * Finds the files below a folder, without what desktop systems leave behind.
   *
   * @returns paths relative to the folder, with slashes, in UTF-8 order
   * @throws AppsctlError INVALID_BUNDLE when something there cannot be packed
   */
  async filesBelow(folder: FolderItem): Promise<string[]> {
    const files: string[] = [];
    const walk = async (below: string, { realPath }: FolderItem, above: readonly string[]): Promise<void> => {
      if (above.includes(realPath))
        throw refusal(this.pathOf(folder, below), 'is a link to a folder that it is in');
      for (const item of await this.read(join(folder.name, below), realPath)) {
        const path = below === '' ? item.name : `${below}/${item.name}`;
        if (IGNORED_NAMES.has(item.name) || NPM_BIN_FOLDER.test(`${folder.name}/${path}`)) continue;
        if (item.kind === 'folder') await walk(path, item, [...above, realPath]);
        else files.push(this.checked(item, path, folder));
      }
      if (files.length > LIMITS.functionEntries)
        throw refusal(this.pathOf(folder, ''), `has more than ${LIMITS.functionEntries} files`);
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

  private checked({ problem }: FolderItem, path: string, folder: FolderItem): string {
    if (problem !== undefined) throw refusal(this.pathOf(folder, path), problem);
    return path;
  }

  private pathOf(folder: FolderItem, below: string): string {
    return join(this.path, folder.name, below);
  }

  private async itemOf(
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
    const other = { name, realPath: link, kind: 'other' } as const;
    const text = await readlink(link);
    let target: string;
    try {
      target = await realpath(link);
    } catch (error) {
      const isCircle = (error as NodeJS.ErrnoException).code === 'ELOOP';
      return {
        ...other,
        problem: `is a link to ${text}, which ${isCircle ? 'leads back to it' : 'does not exist'}`,
      };
    }
    const fromRoot = relative(this.realPath, target);
    if (fromRoot === '..' || fromRoot.startsWith(`..${sep}`))
      return { ...other, problem: `is a link to ${text}, outside the folder of the app` };
    const found = await stat(target);
    if (!found.isFile() && !found.isDirectory())
      return { ...other, problem: `is a link to ${text}, which is neither a file nor a folder` };
    return { name, realPath: target, kind: found.isFile() ? 'file' : 'folder' };
  }
}

function refusal(path: string, problem: string): AppsctlError {
  const hint = problem.startsWith('is a link') ? 'replace the link with what it points to' : 'remove it';
  return new AppsctlError('INVALID_BUNDLE', `${path} ${problem}`, { hint });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a folder',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  EISDIR: 'is a folder, not a file',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB',
};

async function withFsErrors<T>(path: string, action: () => Promise<T>): Promise<T> {
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
