import type { Dirent } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Checkpoint } from '../../core/async/checkpoint.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { fileErrorCode, isAbsent } from '../../core/diagnostics/fs-error.js';
import type { Rule } from '../../core/diagnostics/rules.js';
import { compareUtf8, decodeUtf8 } from '../../core/text.js';
import { type AppPaths, isInside, relativePath } from '../app-paths.js';
import { readPackageJsonFields } from '../package-json-fields.js';
import { packagingError, unreadable } from '../packaging-error.js';
import { readRegularFile } from '../read-regular-file.js';
import { isPackagePlace, joinPlace } from './package-places.js';
import { findWorkspaceRoot } from './workspace-root.js';

/** Something in a folder; for a link, what it points to. */
export interface FolderItem {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly isLink: boolean;
  /** The path relative to the app's folder, with slashes and links. */
  readonly location: string;
  /** The path without links. */
  readonly realPath: string;
  /** The real path of the folder that links may point into: the app's, or that of a package of its workspace. */
  readonly boundary: string;
  /** Why it cannot be packaged, for the kind `other`. */
  readonly problem?: string;
}

/**
 * The folder of an app, from which a bundle is built. Links out of it are an error, because they would point elsewhere on
 * another machine, except those in node_modules to packages of the app's workspace.
 */
export class AppFolder implements AppPaths {
  private constructor(
    readonly path: string,
    readonly realPath: string,
    readonly workspaceRoot: string,
    private readonly checkpoint: Checkpoint,
    private readonly excluded?: string,
  ) {}

  /**
   * @param checkpoint passed whenever something in the folder is listed
   * @throws AppsctlError INVALID_BUNDLE when the folder does not exist
   */
  static async open(path: string, checkpoint = new Checkpoint()): Promise<AppFolder> {
    try {
      const real = await realpath(path);
      return new AppFolder(path, real, findWorkspaceRoot({ path, realPath: real }), checkpoint);
    } catch (error) {
      throw unlessPackagingError(error, () => unreadable({ path, realPath: path }, path, error));
    }
  }

  /**
   * The same folder without one file.
   *
   * @param file the real path of the bundle that is about to be written
   */
  without(file: string | undefined): AppFolder {
    return new AppFolder(this.path, this.realPath, this.workspaceRoot, this.checkpoint, file);
  }

  /** The same folder without its workspace: for what is not a package, such as assets. */
  get alone(): AppFolder {
    return new AppFolder(this.path, this.realPath, this.realPath, this.checkpoint, this.excluded);
  }

  /** The folder itself. */
  get root(): FolderItem {
    const { realPath } = this;
    return {
      ...{ name: basename(realPath), kind: 'folder', isLink: false },
      ...{ location: '', realPath, boundary: realPath },
    };
  }

  /**
   * Lists a folder.
   *
   * @param folder the app's folder, or one in it
   * @param onCount called with the number of items, before any of them is looked at
   * @returns its items in UTF-8 order
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read, or a name in it is not UTF-8; INTERRUPTED
   */
  async list(
    folder: Pick<FolderItem, 'location' | 'realPath' | 'boundary'> = this.root,
    onCount?: (count: number) => void,
  ): Promise<FolderItem[]> {
    await this.checkpoint.pass();
    const { location, realPath, boundary } = folder;
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(realPath, { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      throw unreadable(this, realPath, error);
    }
    onCount?.(entries.length);
    const items: FolderItem[] = [];
    for (const entry of entries) {
      const name = this.decodeName(location, entry.name);
      const at = { name, location: joinPlace(location, name), realPath: join(realPath, name), boundary };
      const item = await this.resolve(entry, at);
      if (item.realPath !== this.excluded) items.push(item);
    }
    return items.sort((a, b) => compareUtf8(a.name, b.name));
  }

  /**
   * Finds a file or folder by its path.
   *
   * @param path relative to the app's folder, with slashes; empty for the folder itself
   * @returns undefined when it does not exist; the first part of the path that cannot be packaged
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read
   */
  async find(path: string): Promise<FolderItem | undefined> {
    let item = this.root;
    for (const name of path === '' || path.includes('\0') ? [] : path.split('/')) {
      if (item.problem !== undefined) return item;
      const { boundary } = item;
      const at = { name, location: joinPlace(item.location, name), realPath: join(item.realPath, name) };
      try {
        item = await this.followLink({ ...at, boundary });
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw unlessPackagingError(error, () => unreadable(this, at.realPath, error));
      }
    }
    return path.includes('\0') ? undefined : item;
  }

  /**
   * Reads a file.
   *
   * @param realPath its path without links
   * @param limit bytes; a larger file is not read
   * @param buffer what a file that fits is read into
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read, or is larger
   */
  read(realPath: string, limit: number, buffer?: Buffer): Buffer {
    try {
      return readRegularFile(realPath, limit, buffer);
    } catch (error) {
      throw unreadable(this, realPath, error);
    }
  }

  /** The path of something relative to the app's folder, with slashes. */
  locate(realPath: string): string {
    return relativePath(this.realPath, realPath);
  }

  /** The error for something that cannot be packaged. */
  error(rule: Rule, location: string, message: string, fix: string): AppsctlError {
    return packagingError(this, rule, location, message, fix);
  }

  /**
   * @param linkFix what to do if it is a link
   * @throws AppsctlError INVALID_BUNDLE when it is neither a file nor a folder
   */
  assertFileOrFolder({ location, problem, isLink }: FolderItem, linkFix = LINK_FIX): void {
    if (problem === undefined) return;
    if (isLink) throw this.error('package/link', location, problem, linkFix);
    throw this.error('package/unreadable', location, problem, 'remove it');
  }

  private async resolve(entry: Dirent<Buffer>, at: Place): Promise<FolderItem> {
    if (entry.isFile()) return { ...at, kind: 'file', isLink: false };
    if (entry.isDirectory()) return { ...at, kind: 'folder', isLink: false };
    const invalid = (problem: string): FolderItem => {
      return { ...at, kind: 'other', isLink: entry.isSymbolicLink(), problem };
    };
    if (!entry.isSymbolicLink()) return invalid('is neither a file nor a folder');
    await this.checkpoint.pass();
    try {
      return await this.followLink(at);
    } catch (error) {
      return unlessPackagingError(error, async () => {
        const clause = fileErrorCode(error) === 'ELOOP' ? 'which points back to it' : 'which does not exist';
        return invalid(`is a link to ${await readlink(at.realPath)}, ${clause}`);
      });
    }
  }

  /** @throws Error of Node's file system when there is nothing at the path */
  private async followLink(at: Place): Promise<FolderItem> {
    const realPath = await realpath(at.realPath);
    const isLink = realPath !== at.realPath;
    const invalid = async (clause: string): Promise<FolderItem> => {
      const target = await readlink(at.realPath).catch(() => realPath);
      return { ...at, kind: 'other', isLink, realPath, problem: `is a link to ${target}, ${clause}` };
    };
    const boundary = this.boundaryOf(realPath, at);
    if (boundary === undefined) return invalid(this.explainOutside(realPath, at));
    const found = await stat(realPath);
    if (!found.isFile() && !found.isDirectory()) return invalid('which is neither a file nor a folder');
    return { ...at, kind: found.isFile() ? 'file' : 'folder', isLink, realPath, boundary };
  }

  /** The folder that links in the target of a link may point into; undefined if the link must not be followed. */
  private boundaryOf(target: string, { location, boundary }: Place): string | undefined {
    if (isInside(target, this.realPath)) return this.realPath;
    if (isInside(target, boundary)) return boundary;
    const isPackage =
      isPackagePlace(location) &&
      isInside(target, this.workspaceRoot) &&
      readPackageJsonFields(target, this) !== undefined;
    return isPackage ? target : undefined;
  }

  private explainOutside(target: string, { location }: Place): string {
    const hasWorkspace = this.workspaceRoot !== this.realPath;
    if (!hasWorkspace || !isPackagePlace(location)) return 'outside the folder of the app';
    return isInside(target, this.workspaceRoot)
      ? 'which is outside the folder of the app and has no package.json'
      : 'outside the folder of the app and its workspace';
  }

  private decodeName(folder: string, bytes: Buffer): string {
    const name = decodeUtf8(bytes);
    if (name !== undefined) return name;
    const location = joinPlace(folder, bytes.toString('latin1'));
    throw this.error('package/unreadable', location, 'has a name that is not UTF-8', 'rename it');
  }
}

/** Where something is, before it is known what. */
type Place = Pick<FolderItem, 'name' | 'location' | 'realPath' | 'boundary'>;

const LINK_FIX = 'replace the link with what it points to';

/** Throws an error again that explains itself. */
function unlessPackagingError<T>(error: unknown, explain: () => T): T {
  if (AppsctlError.is(error)) throw error;
  return explain();
}
