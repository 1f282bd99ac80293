import { extname } from 'node:path';
import { Checkpoint } from '../../core/async/checkpoint.js';
import { MANIFEST_ENTRY, STATIC_PREFIX } from '../../core/bundle/bundle.js';
import { Findings } from '../../core/diagnostics/findings.js';
import { LIMITS } from '../../core/limits.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { replaceFunctions } from '../../core/manifest/replace-functions.js';
import { DEFAULT_PACKAGE_SETTINGS, type PackageSettings } from '../../core/settings/package-settings.js';
import { compareUtf8, joinFirst } from '../../core/text.js';
import { writeZip, type ZipBytes, type ZipFileContent } from '../../zip/write-zip.js';
import { FILE_MODE } from '../file-modes.js';
import { AppFolder, type FolderItem } from './app-folder.js';
import { FileCollector } from './collect-files.js';
import { readFolderManifest } from './folder-manifest.js';
import { type FunctionToPackage, findFunctionSources, toPath } from './function-sources.js';
import { isWorthNoting, LeftOut, newMatcher } from './left-out.js';
import { type FunctionContext, type PackagedFunction, packageFunction } from './package-function.js';
import { PackageJsons } from './package-json.js';
import { readFile, readFiles, reportSecrets } from './read-files.js';
import { measureFiles, SizeBudget } from './size-budget.js';

/** A bundle that was built from a folder. */
export interface PackagedFolder {
  readonly bundle: ZipBytes;
  /** The functions whose archives were built; archives that were copied are not among them. */
  readonly functions: readonly PackagedFunction[];
  /** What was left out, relative to the folder; a folder ends with a slash. */
  readonly leftOut: readonly string[];
  /** Warnings, and a note about what was left out. */
  readonly findings: Findings;
}

/** Options of {@link packageFolder}. */
export interface PackageFolderOptions {
  readonly settings?: PackageSettings | undefined;
  /**
   * Returns the real path of the bundle's file, which is left out if it is in the folder. Called with the manifest if it has
   * no errors: others could not be a part of a file name.
   */
  readonly findOutput?: ((manifest: Manifest | undefined) => Promise<string | undefined>) | undefined;
  /** The environment of esbuild. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Aborts the work. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds an app bundle from a folder. By default, it contains `manifest.json`, `static/` and, for each function of the
 * manifest, a folder or a .zip or .jar archive with its name; the settings name other places. Links are packaged as what they
 * point to. The same content, with that of the packages of the workspace which it links to, gives the same bytes on every
 * machine.
 *
 * @param path the path of the folder
 * @returns the bundle, which has not been validated yet; if there are errors among the findings, parts of it are missing
 * @throws AppsctlError INVALID_BUNDLE with its findings when the folder or something in it cannot be packaged; INTERRUPTED
 *   once the signal is aborted
 */
export async function packageFolder(
  path: string,
  { settings = DEFAULT_PACKAGE_SETTINGS, findOutput, env, signal }: PackageFolderOptions = {},
): Promise<PackagedFolder> {
  const checkpoint = new Checkpoint(signal);
  const anyFolder = await AppFolder.open(path, checkpoint);
  const { bytes: original, manifest, isValid } = await readFolderManifest(anyFolder, settings);
  const folder = anyFolder.without(await findOutput?.(isValid ? manifest : undefined));
  const findings = new Findings();
  const items = await folder.list();
  const assets = await findAssets(folder, settings, findings);
  const declared = manifest?.aws_lambda?.functions ?? [];
  const functions =
    manifest === undefined ? [] : await findFunctionSources(declared, settings, folder, items, findings);
  const leftOut = await LeftOut.read(folder, manifest?.app_id);
  addUnused(items, usedPaths(settings, functions), leftOut);
  const budget = new SizeBudget(path, findings);
  const context = { folder, leftOut, budget, findings, checkpoint, esbuild: { env, signal } };
  const results: PackagedFunction[] = [];
  const content = manifest === undefined ? original : replaceFunctions(original, settings.functions);
  budget.addEntry(MANIFEST_ENTRY, content.length);
  const entries: BundlePart[] = [
    { name: MANIFEST_ENTRY, files: async () => [{ name: MANIFEST_ENTRY, data: content }] },
  ];
  if (assets !== undefined) entries.push(await collectAssets(assets, settings, context));
  entries.push(...functions.map((item) => toPart(item, context, results)));
  entries.sort((a, b) => compareUtf8(a.name, b.name));
  const bundle = await writeZip(readParts(entries), FILE_MODE, checkpoint);
  // Without a manifest, the functions seem to be left out.
  if (manifest !== undefined) noteLeftOut(path, leftOut.paths, findings);
  return { bundle, functions: results, leftOut: leftOut.paths, findings };
}

/** A part of the bundle: one entry, or the assets. */
interface BundlePart {
  readonly name: string;
  files(): Promise<Iterable<ZipFileContent> | AsyncIterable<ZipFileContent>>;
}

async function* readParts(parts: readonly BundlePart[]): AsyncGenerator<ZipFileContent> {
  for (const part of parts) yield* await part.files();
}

async function findAssets(
  folder: AppFolder,
  settings: PackageSettings,
  findings: Findings,
): Promise<FolderItem | undefined> {
  const path = toPath(settings.static);
  const item = path === undefined ? undefined : await folder.alone.find(path);
  if (item === undefined && settings.static === DEFAULT_PACKAGE_SETTINGS.static) return undefined;
  if (item?.kind === 'folder') return item;
  const problem =
    item === undefined ? 'is not in the folder of the app' : (item.problem ?? 'is not a folder');
  const fix =
    settings.static === DEFAULT_PACKAGE_SETTINGS.static
      ? 'put the assets into a folder static/'
      : 'correct "static" in appsctl.json';
  findings.error('package/layout', settings.static, problem, fix);
  return undefined;
}

async function collectAssets(
  item: FolderItem,
  settings: PackageSettings,
  { folder, leftOut, budget, findings }: FunctionContext,
): Promise<BundlePart> {
  const target = {
    ...{ owner: 'the assets', location: folder.path },
    ...({ rule: 'zip/too-large', limit: LIMITS.entries } as const),
  };
  const code = new FileCollector(target, folder.alone, leftOut, newMatcher([]), new PackageJsons(folder));
  await code.add(STATIC_PREFIX.slice(0, -1), toPath(settings.static) ?? '', item);
  const { files } = code;
  const sizes = new Map(
    [...measureFiles(files, folder)].filter(([name, size]) => budget.addEntry(name, size)),
  );
  reportSecrets(files, undefined, folder, findings);
  return { name: STATIC_PREFIX, files: async () => readFiles(files, sizes, folder) };
}

function toPart(item: FunctionToPackage, context: FunctionContext, results: PackagedFunction[]): BundlePart {
  const { name, code } = item;
  const { folder, budget } = context;
  if ('realPath' in code) {
    const entry = name + extname(code.name);
    return {
      name: entry,
      files: async () => {
        folder.assertFileOrFolder(code);
        const [size = 0] = measureFiles(new Map([[entry, code.realPath]]), folder).values();
        return budget.addEntry(entry, size)
          ? [{ name: entry, data: readFile(code.realPath, size, folder) }]
          : [];
      },
    };
  }
  const entry = `${name}.zip`;
  return {
    name: entry,
    files: async () => {
      const packaged = await packageFunction(item, code, context);
      if (packaged === undefined || !budget.addEntry(entry, packaged.archive.size)) return [];
      results.push(packaged.result);
      return [{ name: entry, data: packaged.archive }];
    },
  };
}

/** The paths from which the bundle is built, relative to the app's folder. */
function usedPaths(settings: PackageSettings, functions: readonly FunctionToPackage[]): string[] {
  const paths = [toPath(settings.manifest), toPath(settings.static)];
  for (const { code } of functions)
    paths.push(...('realPath' in code ? [code.name] : code.map(({ path }) => path)));
  for (const { archive } of settings.functions.values())
    if (archive !== undefined) paths.push(toPath(archive));
  return paths.filter((path) => path !== undefined);
}

/** Adds what is directly in the app's folder, and not part of the bundle. */
function addUnused(items: readonly FolderItem[], used: readonly string[], leftOut: LeftOut): void {
  const names = new Set(used.map((path) => path.split('/', 1)[0]));
  if (names.has('')) return;
  for (const { name, kind } of items)
    if (!names.has(name)) leftOut.add(kind === 'folder' ? `${name}/` : name);
}

/** The number of things that the note names. */
const MAX_NAMED = 3;

function noteLeftOut(path: string, leftOut: readonly string[], findings: Findings): void {
  const own = leftOut.filter(isWorthNoting);
  if (own.length === 0) return;
  findings.note('package/left-out', path, `left out: ${joinFirst(own, MAX_NAMED)}`);
}
