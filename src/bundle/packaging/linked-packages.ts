import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../../core/async/checkpoint.js';
import { foldersUp, isInside } from '../app-paths.js';
import type { AppFolder } from './app-folder.js';
import type { FileCollector } from './collect-files.js';
import type { PackageJsons } from './package-json.js';
import {
  isNodeModules,
  joinPlace,
  nodeModulesDepth,
  type PlacedPackage,
  topNodeModules,
} from './package-places.js';

/** The number of node_modules in each other. Real installations have fewer than ten. */
const MAX_DEPTH = 20;
/** The number of packages in an archive. Real installations have some thousand. */
const MAX_PACKAGES = 20_000;

/**
 * Places the dependencies of the packages in a function archive where Node.js finds them there.
 *
 * Node.js looks for the dependencies of a linked package from its real path, such as `.pnpm/foo@1/node_modules/foo` or the
 * folder of a workspace, which an archive without links does not have. So each package that is found from the real path of
 * another, and not from its place in the archive, is added: to the topmost node_modules if no package of this name is on
 * the way there, else to the node_modules of the package that uses it. Breadth first, so that packages that are used
 * directly are at the top, as npm installs them.
 * Rule: https://nodejs.org/api/modules.html#loading-from-node_modules-folders
 *
 * @param code has the files of the function; the packages are added to it
 * @param checkpoint passed for each package
 * @throws AppsctlError INVALID_BUNDLE when a package cannot be packaged, or conflicting versions nest packages too deeply or
 *   too often
 */
export async function placeDependencies(
  code: FileCollector,
  folder: AppFolder,
  packageJsons: PackageJsons,
  checkpoint: Checkpoint,
): Promise<void> {
  const installed = new InstalledPackages(folder, packageJsons);
  const refuse = (problem: string): Error =>
    folder.error('package/linked-packages', code.target.location, problem, UNLINK_FIX);
  const placeFor = async (user: PlacedPackage): Promise<void> => {
    for (const name of packageJsons.in(user.realPath)?.loaded ?? []) {
      await checkpoint.pass();
      const { path, realPath } = (await installed.find(user.realPath, name)) ?? {};
      const found = code.packages.find(user.place, name);
      if (realPath === undefined || realPath === found?.realPath) continue;
      const isFree = found === undefined;
      const nodeModules = isFree ? topNodeModules(user.place) : joinPlace(user.place, 'node_modules');
      const place = joinPlace(nodeModules, name);
      if (nodeModulesDepth(place) > MAX_DEPTH)
        throw refuse(`has the package ${name} below more than ${MAX_DEPTH} other packages`);
      if (code.packages.all.length >= MAX_PACKAGES)
        throw refuse(`has more than ${MAX_PACKAGES} packages, because versions of packages conflict`);
      const location = folder.locate(path ?? realPath);
      await code.addPackage(place, {
        ...{ name, kind: 'folder', isLink: true, location, realPath, boundary: realPath },
      });
    }
  };
  for (const root of code.roots.values()) await placeFor(root);
  // The packages that are placed are added to the end, so their dependencies follow.
  for (const user of code.packages.all) await placeFor(user);
}

const UNLINK_FIX = 'install the packages without links; with pnpm, set node-linker=hoisted';

/** The packages on the disk, as Node.js finds them. */
class InstalledPackages {
  private readonly folders = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly app: AppFolder,
    private readonly packageJsons: PackageJsons,
  ) {}

  /**
   * @param from the real path of the folder that uses the package
   * @returns its path and its real path; undefined when there is none up to the root of the workspace
   * @throws AppsctlError INVALID_BUNDLE when it is a link out of the workspace, or out of the app's folder to what is not a
   *   package
   */
  async find(
    from: string,
    name: string,
  ): Promise<{ readonly path: string; readonly realPath: string } | undefined> {
    for (const folder of foldersUp(from, this.app)) {
      if (isNodeModules(folder.replaceAll('\\', '/'))) continue;
      const nodeModules = await this.toFolder(join(folder, 'node_modules'));
      const path = join(folder, 'node_modules', name);
      const realPath = nodeModules && (await this.toFolder(path));
      if (realPath === undefined) continue;
      if (realPath === path || isInside(realPath, this.app.realPath) || this.isPackage(realPath))
        return { path, realPath };
      const message = `is a link to ${realPath}, outside the folder of the app`;
      throw this.app.error('package/link', this.app.locate(path), message, INSTALL_FIX);
    }
    return undefined;
  }

  private isPackage(folder: string): boolean {
    return isInside(folder, this.app.workspaceRoot) && this.packageJsons.in(folder) !== undefined;
  }

  /** The real path of a folder; undefined when there is none. */
  private toFolder(path: string): Promise<string | undefined> {
    const known = this.folders.get(path) ?? findFolder(path);
    this.folders.set(path, known);
    return known;
  }
}

async function findFolder(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

const INSTALL_FIX = 'install the package into the folder; with pnpm, set node-linker=hoisted';
