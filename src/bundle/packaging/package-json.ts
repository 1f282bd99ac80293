import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from '../../core/text.js';

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
  private readonly read = new Map<string, Promise<PackageJson | undefined>>();

  /**
   * @param folder the real path of a package
   * @returns undefined when it has no package.json, or one that is not valid
   */
  in(folder: string): Promise<PackageJson | undefined> {
    const known = this.read.get(folder) ?? readPackageJson(join(folder, 'package.json'));
    this.read.set(folder, known);
    return known;
  }
}

async function readPackageJson(file: string): Promise<PackageJson | undefined> {
  let json: unknown;
  try {
    json = JSON.parse((await readFile(file, 'utf8')).replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(json));
  const generated = GENERATED.get(fields.get('name'));
  const optional = namesIn(fields.get('optionalDependencies'));
  // npm adds optional dependencies to the others when it publishes a package.
  const dependencies = namesIn(fields.get('dependencies')).filter((name) => !optional.includes(name));
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
