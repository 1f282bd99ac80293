import { posix } from 'node:path';
import type { Ignore } from 'ignore';
import { LIMITS } from '../../core/limits.js';
import { type AppFolder, assertFileOrFolder, cannotPackage, type FolderItem } from './app-folder.js';
import type { LeftOut } from './left-out.js';
import type { PackageJsons } from './package-json.js';
import {
  isNodeModules,
  isPackagePlace,
  joinPlace,
  PackagePlaces,
  type PlacedPackage,
} from './package-places.js';

/** What package managers keep in node_modules beside packages. */
const INSTALLATION_FILES: ReadonlySet<string> = new Set([
  '.bin',
  '.bun',
  '.cache',
  '.deno',
  '.modules.yaml',
  '.package-lock.json',
  '.pnpm',
  '.pnpm-workspace-state.json',
  '.pnpm-workspace-state-v1.json',
  '.store',
  '.vite',
  '.vite-temp',
  '.vitest',
  '.yarn-integrity',
  '.yarn-state.yml',
]);

/**
 * Which links to packages in node_modules are followed: in the app's own folders all; in a package that a link points to
 * none, because its dependencies are placed elsewhere. Of a package of the workspace, node_modules is left out as a whole:
 * it contains what is needed for its development.
 */
type Origin = 'app' | 'installed' | 'workspace';

interface Place {
  /** The path in the archive. */
  readonly place: string;
  /** The path for patterns, relative to the app's folder. */
  readonly logical: string;
}

/** Collects the files of a function archive, or the assets. */
export class FileCollector {
  /** The real paths of the files, by path in the archive. */
  readonly files = new Map<string, string>();
  /** The packages in node_modules. */
  readonly packages = new PackagePlaces();
  /** The folders whose package.json says what the function uses. */
  readonly roots = new Map<string, PlacedPackage>();
  /** The sources, relative to the app's folder, by place. */
  private readonly sources = new Map<string, string>();

  constructor(
    /** The function, or what else the files are, for messages. */
    readonly owner: string,
    private readonly folder: AppFolder,
    private readonly leftOut: LeftOut,
    private readonly excluded: Ignore,
    private readonly packageJsons: PackageJsons,
  ) {}

  /**
   * Adds a file or the content of a folder.
   *
   * @param place where it is in the archive; empty for its root
   * @param source relative to the app's folder
   * @throws AppsctlError INVALID_BUNDLE when something in it cannot be packaged
   */
  async add(place: string, source: string, item: FolderItem): Promise<void> {
    assertFileOrFolder(item);
    this.sources.set(place, source);
    if (item.kind === 'file') {
      this.addFile(place === '' ? item.name : place, item);
      return;
    }
    const { realPath } = item;
    if ((await this.packageJsons.in(realPath)) !== undefined && !isNodeModules(place))
      this.addRoot({ place, realPath });
    await this.walk({ place, logical: source }, item, 'app', []);
  }

  /** Adds a package of node_modules, which a link points to. */
  async addPackage(place: string, item: FolderItem): Promise<void> {
    const { realPath } = item;
    this.packages.add({ place, realPath });
    const isInstalled = /[\\/]node_modules[\\/]/.test(realPath.slice(this.folder.workspaceRoot.length));
    const at = { place, logical: this.toLogical(place) };
    await this.walk(at, item, isInstalled ? 'installed' : 'workspace', []);
  }

  /** The path that a file would have in the app's folder if the packages in its node_modules were not links. */
  private toLogical(place: string): string {
    let best = '';
    for (const source of this.sources.keys())
      if (source.length > best.length && `${place}/`.startsWith(`${source}/`)) best = source;
    const below = best === '' ? place : place.slice(best.length + 1);
    return joinPlace(this.sources.get(best) ?? '', below);
  }

  private addRoot(root: PlacedPackage): void {
    if (!this.roots.has(root.place)) this.roots.set(root.place, root);
  }

  private async walk(
    { place, logical }: Place,
    folder: FolderItem,
    origin: Origin,
    parents: readonly string[],
  ): Promise<void> {
    const { realPath } = folder;
    if (parents.includes(realPath))
      throw cannotPackage(folder.path, 'is a link to a folder that contains it');
    const isPackages = isNodeModules(place);
    if (isPackages && origin === 'workspace') return;
    if (isPackages && origin === 'app') await this.addRootBeside(place, realPath);
    for (const item of await this.folder.list(folder)) {
      if (isPackages && INSTALLATION_FILES.has(item.name)) continue;
      const at = { place: joinPlace(place, item.name), logical: joinPlace(logical, item.name) };
      if (this.isLeftOut(at, item)) continue;
      if (item.kind === 'file') this.addFile(at.place, item);
      else await this.walkItem(at, item, origin, [...parents, realPath]);
    }
  }

  private async walkItem(
    at: Place,
    item: FolderItem,
    origin: Origin,
    parents: readonly string[],
  ): Promise<void> {
    const isPackage = isPackagePlace(at.place);
    if (isPackage && item.isLink && origin !== 'app') return;
    if (item.problem !== undefined)
      throw cannotPackage(item.path, item.problem, isPackage ? PACKAGE_HINT : undefined);
    if (!isPackage) return this.walk(at, item, origin, parents);
    const { realPath } = item;
    if (item.isLink && (await this.packageJsons.in(realPath)) !== undefined)
      return this.addPackage(at.place, item);
    this.packages.add({ place: at.place, realPath });
    return this.walk(at, item, origin, parents);
  }

  /** The package.json beside a node_modules of the app says what it is for, also if it is not in the archive itself. */
  private async addRootBeside(nodeModules: string, realPath: string): Promise<void> {
    const place = nodeModules.slice(0, Math.max(0, nodeModules.lastIndexOf('/')));
    if (this.packages.containing(nodeModules) !== undefined) return;
    const beside = posix.dirname(realPath.replaceAll('\\', '/'));
    if ((await this.packageJsons.in(beside)) !== undefined) this.addRoot({ place, realPath: beside });
  }

  private isLeftOut({ place, logical }: Place, { kind }: FolderItem): boolean {
    const isExcluded = this.excluded.ignores(kind === 'folder' ? `${place}/` : place);
    return this.leftOut.covers(logical, kind, isExcluded);
  }

  private addFile(place: string, { realPath, path }: FolderItem): void {
    const other = this.files.get(place);
    if (other !== undefined && other !== realPath) {
      const problem = `and ${other} would both be ${place} in the archive of ${this.owner}`;
      throw cannotPackage(path, problem, 'remove one of them, or change its place in appsctl.json');
    }
    this.files.set(place, realPath);
    if (this.files.size <= LIMITS.functionEntries) return;
    const problem = `has more than ${LIMITS.functionEntries} files`;
    throw cannotPackage(this.owner, problem, 'remove files from it');
  }
}

const PACKAGE_HINT = 'install the package into the folder; with pnpm, set node-linker=hoisted';
