import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type AppFolder, cannotPackage, isInside } from './app-folder.js';
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
 * @throws AppsctlError INVALID_BUNDLE when a package cannot be packaged, or is nested too deeply
 */
export async function placeDependencies(
  code: FileCollector,
  folder: AppFolder,
  packageJsons: PackageJsons,
): Promise<void> {
  const installed = new InstalledPackages(folder.workspaceRoot);
  const placeFor = async (user: PlacedPackage): Promise<void> => {
    const { loaded = [] } = (await packageJsons.in(user.realPath)) ?? {};
    for (const name of loaded) {
      const realPath = await installed.find(user.realPath, name);
      const found = code.packages.find(user.place, name);
      if (realPath === undefined || realPath === found?.realPath) continue;
      const isFree = found === undefined;
      const nodeModules = isFree ? topNodeModules(user.place) : joinPlace(user.place, 'node_modules');
      const place = joinPlace(nodeModules, name);
      if (nodeModulesDepth(place) > MAX_DEPTH) throw tooDeep(code.owner, name);
      await code.addPackage(place, { name, kind: 'folder', isLink: true, path: realPath, realPath });
    }
  };
  for (const root of code.roots.values()) await placeFor(root);
  // The packages that are placed are added to the end, so their dependencies follow.
  for (const user of code.packages.all) await placeFor(user);
}

function tooDeep(owner: string, name: string): Error {
  const problem = `has the package ${name} below more than ${MAX_DEPTH} other packages`;
  const hint = 'install the packages without links; with pnpm, set node-linker=hoisted';
  return cannotPackage(owner, problem, hint);
}

/** The packages on the disk, as Node.js finds them. */
class InstalledPackages {
  private readonly folders = new Map<string, Promise<string | undefined>>();

  constructor(private readonly root: string) {}

  /**
   * @param from the real path of the folder that uses the package
   * @returns its real path; undefined when there is none up to the root
   * @throws AppsctlError INVALID_BUNDLE when it is outside the root
   */
  async find(from: string, name: string): Promise<string | undefined> {
    for (let folder = from; isInside(folder, this.root); folder = dirname(folder)) {
      if (!isNodeModules(folder.replaceAll('\\', '/'))) {
        const nodeModules = await this.toFolder(join(folder, 'node_modules'));
        const found = nodeModules && (await this.toFolder(join(folder, 'node_modules', name)));
        if (found !== undefined && isInside(found, this.root)) return found;
        if (found !== undefined) throw outside(join(folder, 'node_modules', name), found);
      }
      if (dirname(folder) === folder) return undefined;
    }
    return undefined;
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

function outside(path: string, target: string): Error {
  const hint = 'install the package into the folder; with pnpm, set node-linker=hoisted';
  return cannotPackage(path, `is a link to ${target}, outside the folder of the app`, hint);
}
