import type { Checkpoint } from '../../core/async/checkpoint.js';
import { mayBeData } from '../../core/bundle/code-bundling.js';
import type { Findings } from '../../core/diagnostics/findings.js';
import { LIMITS } from '../../core/limits.js';
import { writeZip, type ZipBytes } from '../../zip/write-zip.js';
import { bundleFunction, type FileContent, type FunctionToBundle } from '../bundle-function.js';
import { FUNCTION_FILE_MODE } from '../file-modes.js';
import type { AppFolder } from './app-folder.js';
import { checkDependencies } from './check-dependencies.js';
import { FileCollector } from './collect-files.js';
import type { CodeSource, FunctionToPackage } from './function-sources.js';
import { type LeftOut, newMatcher } from './left-out.js';
import { placeDependencies } from './linked-packages.js';
import { PackageJsons } from './package-json.js';
import { readFiles, reportSecrets } from './read-files.js';
import { measureFiles, type SizeBudget, totalSize } from './size-budget.js';

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
  readonly budget: SizeBudget;
  readonly findings: Findings;
  readonly checkpoint: Checkpoint;
  /** How esbuild is run. */
  readonly esbuild: Pick<FunctionToBundle, 'env' | 'signal'>;
}

/**
 * Builds the archive of a function from its sources.
 *
 * @returns the archive, and what it contains; undefined if it would be over a limit, which is reported
 * @throws AppsctlError INVALID_BUNDLE when something cannot be packaged, or cannot be bundled by esbuild; INTERRUPTED
 */
export async function packageFunction(
  item: FunctionToPackage,
  sources: readonly CodeSource[],
  context: FunctionContext,
): Promise<{ archive: ZipBytes; result: PackagedFunction } | undefined> {
  const { name, settings } = item;
  const { folder, leftOut, budget, findings, checkpoint } = context;
  const location = `${name}.zip`;
  const packageJsons = new PackageJsons(folder);
  const excluded = newMatcher(settings.exclude ?? []);
  const target = {
    ...{ owner: `function ${name}`, location },
    ...({ rule: 'function/too-large', limit: LIMITS.functionEntries } as const),
  };
  const code = new FileCollector(target, folder, leftOut, excluded, packageJsons);
  for (const { place, path, item: source } of sources) await code.add(place, path, source);
  const [first] = sources;
  // The settings say what the archive contains.
  if (settings.code === undefined && first !== undefined) code.addRootAbove(first.item);
  const { files, inputs } = await bundleFunction({
    ...{ ...item, bundle: settings.bundle, files: code.files, app: folder, findings },
    ...context.esbuild,
    places: sources.map(({ place }) => (place === '' ? '.' : place)),
    isExcluded: (path) => excluded.ignores(path),
  });
  // Packages are only packaged as they are if they are not a part of the bundled code.
  const hasPackages = item.runtime.startsWith('nodejs') && inputs === undefined;
  if (hasPackages) await placeDependencies(code, folder, packageJsons, checkpoint);
  noteUse(code, files, inputs, context);
  const sizes = measureFiles(files, folder);
  if (!budget.addContent(location, sizes)) return undefined;
  reportSecrets(files, location, folder, findings);
  const archive = await writeZip(readFiles(files, sizes, folder), FUNCTION_FILE_MODE, checkpoint);
  if (hasPackages) checkDependencies(location, code, sizes, packageJsons, findings);
  const bytes = totalSize(sizes);
  return { archive, result: { name, files: sizes.size, bytes, packedBytes: archive.size } };
}

/**
 * Notes what is in the archive, and what bundled code replaces without containing it, such as templates.
 *
 * @param inputs what the bundled code was made of; undefined if the code is not bundled
 */
function noteUse(
  code: FileCollector,
  files: ReadonlyMap<string, FileContent>,
  inputs: ReadonlySet<string> | undefined,
  { folder, leftOut }: FunctionContext,
): void {
  for (const source of inputs ?? code.files.values()) leftOut.use(folder.locate(source));
  if (inputs === undefined) return;
  const sources = new Set(code.files.values());
  // A package of the workspace is imported through a link in node_modules.
  if ([...inputs].some((source) => !sources.has(source))) leftOut.use('node_modules');
  for (const [path, source] of code.files)
    if (!files.has(path) && !inputs.has(source) && mayBeData(path)) leftOut.add(folder.locate(source));
}
