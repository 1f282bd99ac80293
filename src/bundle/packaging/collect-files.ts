import { dirname, posix } from 'node:path';
import type { Ignore } from 'ignore';
import { LIMITS } from '../../core/limits.js';
import { foldersUp, relativePath } from '../app-paths.js';
import type { AppFolder, FolderItem } from './app-folder.js';
import { isOfPackage, type LeftOut } from './left-out.js';
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

/** What files are collected for. */
export interface Collection {
  /** The function, or what else the files are, for messages. */
  readonly owner: string;
  /** The archive of the function, or what else the files become, for findings. */
  readonly location: string;
  /** The rule about the number of files. */
  readonly rule: 'function/too-large' | 'zip/too-large';
  /** The number of files and folders. Folders count, because links can make any number of them from a few. */
  readonly limit: number;
}

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
  private count = 0;

  constructor(
    readonly target: Collection,
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
    this.folder.assertFileOrFolder(item);
    this.sources.set(place, source);
    if (item.kind === 'file') {
      this.addFile(place === '' ? item.name : place, item);
      return;
    }
    const { realPath } = item;
    if (this.packageJsons.in(realPath) !== undefined && !isNodeModules(place))
      this.addRoot({ place, realPath });
    await this.walk({ place, logical: source }, item, 'app', []);
  }

  /**
   * Adds what the nearest package.json above a source says that it uses: Node.js looks for packages there, too. A
   * package.json of the source itself, which may only set its type, is replaced if it names no packages.
   */
  addRootAbove({ realPath }: FolderItem): void {
    const own = this.roots.get('');
    if (own !== undefined && this.packageJsons.in(own.realPath)?.loaded.length !== 0) return;
    // What has a package.json and is another package of a workspace does not use those of its root.
    const top = own === undefined ? this.folder.workspaceRoot : this.folder.realPath;
    for (const path of foldersUp(dirname(realPath), { workspaceRoot: top })) {
      if (this.packageJsons.in(path) === undefined) continue;
      this.roots.set('', { place: '', realPath: path });
      return;
    }
  }

  /** Adds a package of node_modules, which a link points to. */
  async addPackage(place: string, item: FolderItem): Promise<void> {
    const { realPath } = item;
    this.packages.add({ place, realPath });
    this.leftOut.use(item.location);
    const isInstalled = isOfPackage(relativePath(this.folder.workspaceRoot, realPath));
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
    if (parents.includes(realPath)) {
      const message = 'is a link to a folder that contains it';
      throw this.folder.error('package/link', folder.location, message, 'replace the link with a copy');
    }
    const isPackages = isNodeModules(place);
    if (isPackages && origin === 'workspace') return;
    if (isPackages && origin === 'app') this.addRootBeside(place, realPath);
    for (const item of await this.folder.list(folder, (items) => this.addCount(items))) {
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
    this.folder.assertFileOrFolder(item, isPackage ? PACKAGE_FIX : undefined);
    if (!isPackage) return this.walk(at, item, origin, parents);
    const { realPath } = item;
    if (item.isLink && this.packageJsons.in(realPath) !== undefined) return this.addPackage(at.place, item);
    this.packages.add({ place: at.place, realPath });
    return this.walk(at, item, origin, parents);
  }

  /** The package.json beside a node_modules of the app says what it is for, also if it is not in the archive itself. */
  private addRootBeside(nodeModules: string, realPath: string): void {
    const place = nodeModules.slice(0, Math.max(0, nodeModules.lastIndexOf('/')));
    if (this.packages.containing(nodeModules) !== undefined) return;
    const beside = posix.dirname(realPath.replaceAll('\\', '/'));
    if (this.packageJsons.in(beside) !== undefined) this.addRoot({ place, realPath: beside });
  }

  private isLeftOut({ place, logical }: Place, item: FolderItem): boolean {
    const isExcluded = this.excluded.ignores(item.kind === 'folder' ? `${place}/` : place);
    return this.leftOut.covers(logical, item, isExcluded);
  }

  private addFile(place: string, { realPath, location }: FolderItem): void {
    const { owner } = this.target;
    const other = this.files.get(place);
    if (other !== undefined && other !== realPath) {
      const message = `and ${this.folder.locate(other)} would both be ${place} in the archive of ${owner}`;
      const fix = 'remove one of them, or change its place in appsctl.json';
      throw this.folder.error('zip/duplicate-entry', location, message, fix);
    }
    const bytes = Buffer.byteLength(place);
    if (bytes > LIMITS.name) {
      const message = `has a path of ${bytes} bytes in the archive of ${owner}, over the limit of ${LIMITS.name}`;
      throw this.folder.error('zip/unsafe-name', location.slice(0, 200), message, 'shorten the path');
    }
    this.files.set(place, realPath);
  }

  private addCount(items: number): void {
    this.count += items;
    const { location, rule, limit } = this.target;
    if (this.count <= limit) return;
    const message = `has more than ${limit} files and folders`;
    throw this.folder.error(rule, location, message, 'remove files, or links to folders');
  }
}

const PACKAGE_FIX = 'install the package into the folder; with pnpm, set node-linker=hoisted';
