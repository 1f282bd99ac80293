import { join } from 'node:path';
import { MANIFEST_ENTRY, STATIC_PREFIX } from '../core/app-bundle/bundle.js';
import { invalidBundle } from '../core/app-bundle/invalid-bundle.js';
import { Findings } from '../core/findings.js';
import { parseManifest } from '../core/manifest/parse.js';
import { compareUtf8 } from '../core/text.js';
import { type FolderItem, filesBelow, readFolder, readWhole, refuseOther } from './folder.js';
import { FILE_MODE, FUNCTION_FILE_MODE, writeZip, type ZipFileContent } from './write-zip.js';

/** A bundle that was built. */
export interface PackedFolder {
  readonly bytes: Uint8Array;
  /** Notes on what was left out. */
  readonly findings: Findings;
}

/** The folder of the assets. */
const STATIC = STATIC_PREFIX.slice(0, -1);
const ARCHIVE_EXTENSIONS = ['.zip', '.jar'];

/**
 * Builds an app bundle from a folder that holds `manifest.json`, `static/` and, for each function of the manifest,
 * either a folder or a .zip or .jar archive with its name. Everything else beside them is left out. The same content
 * gives the same bytes on every machine.
 *
 * @param folder the path of the folder
 * @returns the bundle, which is yet to be validated
 * @throws AppsctlError INVALID_BUNDLE when the folder cannot be read, has no or two sources for one thing, or holds
 *   anything but files and folders where the bundle's content is
 */
export async function packageFolder(folder: string): Promise<PackedFolder> {
  const items = await readFolder(folder);
  const findings = new Findings();
  const manifest = items.find(({ name, isFile }) => isFile && name === MANIFEST_ENTRY);
  const manifestBytes = manifest && (await readWhole(join(folder, manifest.name)));
  const functions = functionNames(manifestBytes);
  const sources = new Map<string, FolderItem[]>();
  const packed: FolderItem[] = [];
  for (const item of [...items].sort((a, b) => compareUtf8(a.name, b.name))) {
    const owner = ownerOf(item, functions.names);
    if (owner !== undefined) {
      sources.set(owner, [...(sources.get(owner) ?? []), item]);
      packed.push(item);
    } else if (item.name === MANIFEST_ENTRY || item.name === STATIC) {
      packed.push(item);
      const wanted = item.name === STATIC ? 'folder' : 'file';
      if (item.isFile !== (wanted === 'file')) {
        const fix = item.name === STATIC ? 'put the assets into a folder static/' : 'put the manifest there';
        findings.error(item.name, `is no ${wanted}`, fix);
      }
    } else {
      findings.note(item.name, 'is left out: it is neither manifest.json nor static/ nor a function');
    }
  }
  checkSources(functions, sources, items, findings);
  if (findings.errors.length > 0) throw invalidBundle(folder, findings);
  const files: ZipFileContent[] = [];
  for (const item of packed) {
    const { name, isFile } = item;
    const path = join(folder, name);
    refuseOther(path, item);
    if (name === MANIFEST_ENTRY && manifestBytes !== undefined) files.push({ name, data: manifestBytes });
    else if (isFile) files.push({ name, data: await readWhole(path) });
    else if (name === STATIC) files.push(...(await contentOf(path, STATIC_PREFIX)));
    else files.push({ name: `${name}.zip`, data: await writeZip(await contentOf(path), FUNCTION_FILE_MODE) });
  }
  return { bytes: await writeZip(files, FILE_MODE), findings };
}

interface FunctionNames {
  readonly names: ReadonlySet<string>;
  /** Whether the manifest has no errors of its own, which are to be told first. */
  readonly sound: boolean;
}

/** The functions of a manifest that may have errors: those are found when the bundle is validated. */
function functionNames(manifestBytes: Uint8Array | undefined): FunctionNames {
  const findings = new Findings();
  const manifest = manifestBytes && parseManifest(manifestBytes, findings);
  const names = new Set(manifest?.aws_lambda?.functions.map(({ name }) => name));
  return { names, sound: manifest !== undefined && findings.errors.length === 0 };
}

/** The function whose code stands there. */
function ownerOf({ name, isFile }: FolderItem, functions: ReadonlySet<string>): string | undefined {
  if (!isFile) return name !== STATIC && functions.has(name) ? name : undefined;
  const extension = ARCHIVE_EXTENSIONS.find((candidate) => name.endsWith(candidate));
  const stem = extension && name.slice(0, -extension.length);
  return stem !== undefined && functions.has(stem) ? stem : undefined;
}

function checkSources(
  { names, sound }: FunctionNames,
  sources: ReadonlyMap<string, readonly FolderItem[]>,
  items: readonly FolderItem[],
  findings: Findings,
): void {
  for (const name of names) {
    const [first, second] = (sources.get(name) ?? []).map((item) =>
      item.isFile ? item.name : `${item.name}/`,
    );
    if (second !== undefined) findings.error(name, `both ${first} and ${second} hold code`, 'keep one');
    if (first !== undefined || !sound) continue;
    if (name.includes('/')) {
      findings.error(name, 'has a slash in its name, which AWS Lambda refuses', 'rename the function');
      continue;
    }
    const variant = items.find((item) => isVariant(item, name));
    const wanted = variant?.isFile === true ? `${name}.zip` : name;
    findings.error(
      name,
      'has no code in the folder',
      variant === undefined
        ? `add ${name === STATIC ? '' : `the folder ${name}/ or `}the archive ${name}.zip`
        : `rename ${variant.name} to ${wanted}: case matters`,
    );
  }
}

/** Whether this would hold a function's code if case did not matter. */
function isVariant(item: FolderItem, name: string): boolean {
  const folded = item.name.toLowerCase();
  const wanted = name.toLowerCase();
  return item.isFile
    ? ARCHIVE_EXTENSIONS.some((extension) => folded === `${wanted}${extension}`)
    : folded === wanted && wanted !== STATIC;
}

async function contentOf(folder: string, prefix = ''): Promise<ZipFileContent[]> {
  const files: ZipFileContent[] = [];
  for (const path of await filesBelow(folder)) {
    files.push({ name: `${prefix}${path}`, data: await readWhole(join(folder, path)) });
  }
  return files;
}
