import type { Checkpoint } from '../../core/async/checkpoint.js';
import type { Findings } from '../../core/diagnostics/findings.js';
import { writeZip, type ZipBytes } from '../../zip/write-zip.js';
import { bundleFunction, type FunctionToBundle } from '../bundle-function.js';
import { FUNCTION_FILE_MODE } from '../file-modes.js';
import type { AppFolder } from './app-folder.js';
import { checkDependencies } from './check-dependencies.js';
import { FileCollector } from './collect-files.js';
import type { CodeSource, FunctionToPackage } from './function-sources.js';
import { type LeftOut, newMatcher } from './left-out.js';
import { placeDependencies } from './linked-packages.js';
import { PackageJsons } from './package-json.js';
import { readFiles } from './read-files.js';

/** A function in a bundle that was built. */
export interface PackagedFunction {
  readonly name: string;
  /** The number of files in its archive. */
  readonly files: number;
  /** Bytes of these files. */
  readonly bytes: number;
  /** Bytes of the archive. */
  readonly packedBytes: number;
}

/** What all functions of an app have in common. */
export interface FunctionContext {
  readonly folder: AppFolder;
  readonly leftOut: LeftOut;
  readonly findings: Findings;
  readonly checkpoint: Checkpoint;
  /** How esbuild is run. */
  readonly esbuild: Pick<FunctionToBundle, 'env' | 'signal'>;
}

/**
 * Builds the archive of a function from its sources.
 *
 * @returns the archive, and what it contains
 * @throws AppsctlError INVALID_BUNDLE when something cannot be packaged, or cannot be bundled by esbuild
 */
export async function packageFunction(
  item: FunctionToPackage,
  sources: readonly CodeSource[],
  context: FunctionContext,
): Promise<{ archive: ZipBytes; result: PackagedFunction }> {
  const { name, settings } = item;
  const { folder, leftOut, findings, checkpoint } = context;
  const location = `${name}.zip`;
  const packageJsons = new PackageJsons();
  const excluded = newMatcher(settings.exclude ?? []);
  const code = new FileCollector(`function ${name}`, folder, leftOut, excluded, packageJsons);
  for (const { place, path, item: source } of sources) await code.add(place, path, source);
  const bundled = await bundleFunction({
    ...{ ...item, bundle: settings.bundle, files: code.files, folder: folder.realPath, findings },
    ...context.esbuild,
    places: sources.map(({ place }) => (place === '' ? '.' : place)),
    isExcluded: (path) => excluded.ignores(path),
  });
  // Packages are only packaged as they are if they are not a part of the bundled code.
  const hasPackages = item.runtime.startsWith('nodejs') && bundled === code.files;
  if (hasPackages) await placeDependencies(code, folder, packageJsons);
  const sizes = new Map<string, number>();
  const files = readFiles(bundled, location, findings, sizes);
  const archive = await writeZip(files, FUNCTION_FILE_MODE, checkpoint);
  if (hasPackages) await checkDependencies(location, code, sizes, packageJsons, findings);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { archive, result: { name, files: sizes.size, bytes, packedBytes: archive.size } };
}
