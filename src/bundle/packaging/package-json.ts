import { compareUtf8 } from '../../core/text.js';
import type { AppPaths } from '../app-paths.js';
import { readPackageJsonFields } from '../package-json-fields.js';

/** What a package.json says about the packages that its package uses. */
export interface PackageJson {
  /** Names, in UTF-8 order. */
  readonly dependencies: readonly string[];
  /** Names of all packages that it may load, in UTF-8 order: also of optional and peer dependencies. */
  readonly loaded: readonly string[];
  readonly hasDevDependencies: boolean;
}

/** Names that npm accepts or once accepted, and no path out of node_modules. */
const PACKAGE_NAME = /^(?:@[^/\\]+\/)?[^./\\@][^/\\]*$/;

/** Code that is generated into node_modules, and used by a package that does not name it. */
const GENERATED: ReadonlyMap<unknown, string> = new Map([['@prisma/client', '.prisma']]);

/** Reads each package.json once. */
export class PackageJsons {
  private readonly read = new Map<string, PackageJson | undefined>();

  constructor(private readonly app: Pick<AppPaths, 'path' | 'realPath'>) {}

  /**
   * @param folder the real path of a package
   * @returns undefined when it has no package.json; nothing is known from one that is not valid
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read
   */
  in(folder: string): PackageJson | undefined {
    if (this.read.has(folder)) return this.read.get(folder);
    const fields = readPackageJsonFields(folder, this.app);
    const json = fields && toPackageJson(fields);
    this.read.set(folder, json);
    return json;
  }
}

function toPackageJson(fields: ReadonlyMap<string, unknown>): PackageJson {
  const generated = GENERATED.get(fields.get('name'));
  const optional = new Set(namesIn(fields.get('optionalDependencies')));
  // npm adds optional dependencies to the others when it publishes a package.
  const dependencies = namesIn(fields.get('dependencies')).filter((name) => !optional.has(name));
  const loaded = new Set([...dependencies, ...optional, ...namesIn(fields.get('peerDependencies'))]);
  if (generated !== undefined) loaded.add(generated);
  return {
    dependencies: dependencies.sort(compareUtf8),
    loaded: [...loaded].sort(compareUtf8),
    hasDevDependencies: namesIn(fields.get('devDependencies')).length > 0,
  };
}

function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).filter((name) => PACKAGE_NAME.test(name));
}
