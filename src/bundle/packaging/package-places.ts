/** A package in a function archive. */
export interface PlacedPackage {
  /** The path in the archive; empty for its root. */
  readonly place: string;
  /** The path of the folder, without links. */
  readonly realPath: string;
}

const NODE_MODULES = 'node_modules';
const PACKAGE_PLACE = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*$/;

/** Whether a path is one where Node.js looks for a package: directly in node_modules, or in a scope there. */
export function isPackagePlace(path: string): boolean {
  return PACKAGE_PLACE.test(path);
}

/** Whether a path ends with node_modules. */
export function isNodeModules(path: string): boolean {
  return path === NODE_MODULES || path.endsWith(`/${NODE_MODULES}`);
}

/** Joins two paths in an archive. */
export function joinPlace(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}

/** The first node_modules on the way to a path in an archive, or that of the path itself. */
export function topNodeModules(place: string): string {
  const [found] = /^(?:[^/]+\/)*?node_modules(?=\/|$)/.exec(place) ?? [];
  return found ?? joinPlace(place, NODE_MODULES);
}

/** The number of node_modules in a path. */
export function nodeModulesDepth(place: string): number {
  return place.split('/').filter((name) => name === NODE_MODULES).length;
}

/** The packages of a function archive, by their places. */
export class PackagePlaces {
  private readonly places = new Map<string, PlacedPackage>();
  private readonly inOrder: PlacedPackage[] = [];

  /** In the order in which they were added; an iteration goes on to those that are added during it. */
  get all(): readonly PlacedPackage[] {
    return this.inOrder;
  }

  add(item: PlacedPackage): void {
    if (!this.places.has(item.place)) this.inOrder.push(item);
    this.places.set(item.place, item);
  }

  /**
   * Finds a package as Node.js does: in the node_modules of the folder that uses it, then in those of the folders above.
   * Rule: https://nodejs.org/api/modules.html#loading-from-node_modules-folders
   *
   * @param from a path in the archive
   * @param name such as `uuid` or `@scope/name`
   */
  find(from: string, name: string): PlacedPackage | undefined {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
      if (!isNodeModules(folder)) {
        const found = this.places.get(joinPlace(joinPlace(folder, NODE_MODULES), name));
        if (found !== undefined) return found;
      }
      if (folder === '') return undefined;
    }
  }

  /** The innermost package that contains a path in the archive. */
  containing(path: string): PlacedPackage | undefined {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const found = this.places.get(path.slice(0, at));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
