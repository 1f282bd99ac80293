import type { Findings } from '../../core/diagnostics/findings.js';
import { joinFirst } from '../../core/text.js';
import { formatBytes } from '../../core/units.js';
import type { FileCollector } from './collect-files.js';
import type { PackageJson, PackageJsons } from './package-json.js';
import { joinPlace, type PlacedPackage } from './package-places.js';
import { totalSize } from './size-budget.js';

/** Packages of which the Node.js runtimes contain a version, and packages without code. */
const NOT_NEEDED = /^(?:aws-sdk$|@aws-sdk\/|@smithy\/|@types\/)/;
/** The number of names that a message lists. */
const MAX_LISTED_NAMES = 5;

/**
 * Compares the packages in a function archive with the package.json of the function.
 *
 * @param location the name of the archive
 * @param sizes uncompressed bytes of the files, by path in the archive
 * @param findings collects warnings about missing packages, and about those that only development needs
 */
export function checkDependencies(
  location: string,
  code: FileCollector,
  sizes: ReadonlyMap<string, number>,
  packageJsons: PackageJsons,
  findings: Findings,
): void {
  for (const root of code.roots.values()) {
    const json = packageJsons.in(root.realPath);
    if (json === undefined) continue;
    reportMissing(location, root, json, code, findings);
    if (json.hasDevDependencies) {
      const used = findUsed(root, code, packageJsons);
      reportUnused(location, root, used, code, sizes, findings);
    }
  }
}

function reportMissing(
  location: string,
  root: PlacedPackage,
  { dependencies }: PackageJson,
  code: FileCollector,
  findings: Findings,
): void {
  const missing = dependencies.filter(
    (name) => !NOT_NEEDED.test(name) && code.packages.find(root.place, name) === undefined,
  );
  if (missing.length === 0) return;
  const message = `does not contain packages that its package.json names in "dependencies": ${joinFirst(missing, MAX_LISTED_NAMES)}`;
  const fix =
    'run npm install before packaging, or add node_modules to the code of the function in appsctl.json';
  findings.warning('package/missing-dependency', location, message, fix);
}

/** The packages that a function may load, directly and through others. */
function findUsed(
  root: PlacedPackage,
  code: FileCollector,
  packageJsons: PackageJsons,
): ReadonlySet<PlacedPackage> {
  const used = new Set<PlacedPackage>();
  const add = (user: PlacedPackage): void => {
    for (const name of packageJsons.in(user.realPath)?.loaded ?? []) {
      const found = code.packages.find(user.place, name);
      if (found !== undefined) used.add(found);
    }
  };
  add(root);
  // A set is iterated on to what is added during the iteration.
  for (const user of used) add(user);
  return used;
}

function reportUnused(
  location: string,
  root: PlacedPackage,
  used: ReadonlySet<PlacedPackage>,
  code: FileCollector,
  sizes: ReadonlyMap<string, number>,
  findings: Findings,
): void {
  const prefix = joinPlace(root.place, 'node_modules/');
  const unused = new Map<PlacedPackage, number>();
  for (const [path, size] of sizes) {
    const owner = path.startsWith(prefix) ? code.packages.containing(path) : undefined;
    if (owner !== undefined && !used.has(owner)) unused.set(owner, (unused.get(owner) ?? 0) + size);
  }
  if (unused.size === 0) return;
  const bytes = totalSize(unused);
  const count = unused.size === 1 ? '1 package' : `${unused.size} packages`;
  const message = `contains ${count} that only development needs: ${formatBytes(bytes)} of the uncompressed code`;
  const fix = 'leave them out with npm prune --omit=dev, npm ci --omit=dev or pnpm install --prod';
  findings.warning('package/dev-dependencies', location, message, fix);
}
