import { posix } from 'node:path';
import { checkFunctionNames } from '../../core/bundle/check-function-names.js';
import { unsafeNameReason } from '../../core/bundle/entry-names.js';
import type { Findings } from '../../core/diagnostics/findings.js';
import { LIMITS } from '../../core/limits.js';
import type { LambdaFunction } from '../../core/manifest/manifest.js';
import type { FunctionSource, PackageSettings } from '../../core/settings/package-settings.js';
import type { AppFolder, FolderItem } from './app-folder.js';

/** The number of characters of a name from outside that a message contains. */
const MAX_SHOWN = 200;
const ARCHIVE_EXTENSIONS = ['.zip', '.jar'];

/** A source of a function: a file or folder, and where it is in the archive. */
export interface CodeSource {
  /** Empty for the root of the archive. */
  readonly place: string;
  /** Relative to the app's folder; empty for that folder. */
  readonly path: string;
  readonly item: FolderItem;
}

/** A function of the manifest, and where its code is. */
export interface FunctionToPackage {
  readonly name: string;
  /** The handler and the runtime that the bundle's manifest has. */
  readonly handler: string;
  readonly runtime: string;
  readonly settings: FunctionSource;
  /** What the archive is built from, or the file that is the archive. */
  readonly code: readonly CodeSource[] | FolderItem;
}

/**
 * Finds the code of each function: where the settings say that it is, else a folder or a .zip or .jar file with its name.
 *
 * @param functions those of the manifest, as far as it could be read
 * @param items the content of the app's folder
 * @param findings collects functions without code, or with several
 */
export async function findFunctionSources(
  functions: readonly LambdaFunction[],
  settings: PackageSettings,
  folder: AppFolder,
  items: readonly FolderItem[],
  findings: Findings,
): Promise<FunctionToPackage[]> {
  const found: FunctionToPackage[] = [];
  checkFunctionNames(functions, settings.functions.keys(), findings);
  // Too many functions, names that are missing and names that appear twice are reported when the manifest is validated.
  if (functions.length > LIMITS.functions) return found;
  const names = new Set(['']);
  for (const [index, { name, handler, runtime }] of functions.entries()) {
    if (names.has(name)) continue;
    names.add(name);
    const location = `aws_lambda.functions[${index}].name`;
    if (!checkName(name, location, findings)) continue;
    const source = settings.functions.get(name) ?? {};
    const code =
      source.code !== undefined || source.archive !== undefined
        ? await findConfigured(name, source, folder, findings)
        : findDefault(name, runtime, location, { items, assets: toPath(settings.static) ?? '' }, findings);
    if (code === undefined) continue;
    checkUnused(name, source, code, findings);
    const target = { handler: source.handler ?? handler, runtime: source.runtime ?? runtime };
    found.push({ name, ...target, settings: source, code });
  }
  return found;
}

/** Whether a function with this name can have an archive in the bundle. */
function checkName(name: string, location: string, findings: Findings): boolean {
  const shown = name.slice(0, MAX_SHOWN);
  if (name.includes('/')) {
    const message = `function ${shown} has a slash in its name, which AWS Lambda does not allow`;
    findings.error('package/no-code', location, message, 'rename the function');
    return false;
  }
  const reason = unsafeNameReason(`${name}.zip`);
  if (reason === undefined) return true;
  const message = `the archive of function ${shown} ${reason}`;
  findings.error('zip/unsafe-name', location, message, 'rename the function');
  return false;
}

/** Reports settings that change the files of an archive, if the function already is one. */
function checkUnused(
  name: string,
  settings: FunctionSource,
  code: readonly CodeSource[] | FolderItem,
  findings: Findings,
): void {
  if (!('kind' in code)) return;
  for (const setting of ['exclude', 'bundle'] as const)
    if (settings[setting]) {
      const location = `functions.${name}.${setting}`;
      const message = `has no effect, because the code of function ${name} is the archive ${code.location}`;
      findings.error('settings/invalid', location, message, 'remove it, or set "code" to a folder');
    }
}

async function findConfigured(
  name: string,
  { code = new Map(), archive }: FunctionSource,
  folder: AppFolder,
  findings: Findings,
): Promise<readonly CodeSource[] | FolderItem | undefined> {
  const setting = `functions.${name}.${archive === undefined ? 'code' : 'archive'}`;
  if (archive !== undefined && code.size > 0) {
    const message = `function ${name} has both code and an archive`;
    findings.error('package/duplicate-code', `functions.${name}`, message, 'remove one of them');
    return undefined;
  }
  const sources: CodeSource[] = [];
  for (const [place, source] of archive === undefined ? code : [['', archive] as const]) {
    const at = toPath(place);
    const path = toPath(source);
    const item = path === undefined ? undefined : await folder.find(path);
    const reason = at === undefined ? 'is outside the archive' : at === '' ? undefined : unsafeNameReason(at);
    if (at === undefined || reason !== undefined) {
      const message = `has the place ${place.slice(0, MAX_SHOWN)}, which ${reason}`;
      findings.error('zip/unsafe-name', setting, message, 'use a relative path');
    } else if (path === undefined) {
      const message = `${source} is outside the folder of the app`;
      findings.error('package/no-code', setting, message, 'name a file or folder in it');
    } else if (item === undefined) {
      const fix = 'run the build first, or correct the path';
      findings.error('package/no-code', setting, `${source} does not exist`, fix);
    } else sources.push({ place: at, path, item });
  }
  if (archive === undefined)
    return sources.length === code.size && checkPlaces(name, sources, findings) ? sources : undefined;
  const [file] = sources;
  if (file === undefined) return undefined;
  if (file.item.kind === 'file' && hasArchiveExtension(archive)) return file.item;
  const message = `${archive} is not a .zip or .jar file`;
  findings.error(
    'package/no-code',
    setting,
    message,
    `name a file, or put the folder into functions.${name}.code`,
  );
  return undefined;
}

/** Whether each source has its own place; two spellings of a place are reported. */
function checkPlaces(name: string, sources: readonly CodeSource[], findings: Findings): boolean {
  const places = sources.map(({ place }) => place);
  const twice = places.find((place, index) => places.indexOf(place) < index);
  if (twice === undefined) return true;
  const message = `has the place ${twice.slice(0, MAX_SHOWN) || '.'} twice`;
  findings.error('settings/invalid', `functions.${name}.code`, message, 'keep one of them');
  return false;
}

/** A path of the settings, without dots; undefined if it leads out of the folder. */
export function toPath(path: string): string | undefined {
  const normalized = posix.normalize(path).replace(/\/$/, '');
  if (normalized === '.' || normalized === '') return '';
  return normalized === '..' || normalized.startsWith('../') || posix.isAbsolute(normalized)
    ? undefined
    : normalized;
}

function hasArchiveExtension(path: string): boolean {
  return ARCHIVE_EXTENSIONS.some((extension) => path.endsWith(extension));
}

/** Where code is looked for that no settings name. */
interface AppContent {
  /** The content of the app's folder. */
  readonly items: readonly FolderItem[];
  /** The folder of the assets, which is not the code of a function. */
  readonly assets: string;
}

/** The folder or archive with the name of a function. */
function findDefault(
  name: string,
  runtime: string,
  location: string,
  content: AppContent,
  findings: Findings,
): readonly CodeSource[] | FolderItem | undefined {
  const [first, second] = content.items.filter((item) => isCodeOf(item, name, content.assets));
  if (first !== undefined && second !== undefined) {
    const message = `function ${name} has both ${toName(first)} and ${toName(second)}`;
    findings.error('package/duplicate-code', location, message, 'remove one of them');
    return undefined;
  }
  if (first?.kind === 'folder') return [{ place: '', path: first.name, item: first }];
  if (first !== undefined) return first;
  const message = `function ${name} has no code in the folder`;
  findings.error('package/no-code', location, message, suggestCode(name, runtime, content));
  return undefined;
}

/** Whether an item is the code of a function. One that cannot be packaged is an error, and not left out. */
function isCodeOf(item: FolderItem, name: string, assets: string): boolean {
  if (item.kind === 'folder') return item.name === name && name !== assets;
  const isArchive = ARCHIVE_EXTENSIONS.some((extension) => item.name === `${name}${extension}`);
  return isArchive || (item.kind === 'other' && item.name === name && name !== assets);
}

function toName({ name, kind }: FolderItem): string {
  return kind === 'file' ? name : `${name}/`;
}

function suggestCode(name: string, runtime: string, { items, assets }: AppContent): string {
  const extension = runtime.startsWith('java') ? 'jar' : 'zip';
  const variant = items.find((item) => differsInCase(item, name, assets));
  if (variant !== undefined)
    return `rename ${variant.name} to ${variant.kind === 'file' ? `${name}.${extension}` : name}: case matters`;
  const archive = `the archive ${name}.${extension}`;
  const place = name === assets ? archive : `the folder ${name}/ or ${archive}`;
  return `add ${place}, or say in appsctl.json where the code is`;
}

/** Whether an item would be a function's code if case did not matter. */
function differsInCase(item: FolderItem, name: string, assets: string): boolean {
  const folded = item.name.toLowerCase();
  const wanted = name.toLowerCase();
  return item.kind === 'file'
    ? ARCHIVE_EXTENSIONS.some((extension) => folded === `${wanted}${extension}`)
    : folded === wanted && wanted !== assets;
}
