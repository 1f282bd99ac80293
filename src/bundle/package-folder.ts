import { MANIFEST_ENTRY, STATIC_PREFIX } from '../core/bundle/bundle.js';
import { Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import type { Manifest } from '../core/manifest/manifest.js';
import { parseManifest } from '../core/manifest/parse.js';
import { writeZip, type ZipFileContent } from '../zip/write-zip.js';
import { AppFolder, type FolderItem } from './app-folder.js';
import { FILE_MODE, FUNCTION_FILE_MODE } from './file-modes.js';

/** A bundle that was built. */
export interface PackedFolder {
  readonly bytes: Uint8Array;
  /** Notes on what was left out. */
  readonly findings: Findings;
}

/** The folder of the assets. */
const STATIC = STATIC_PREFIX.slice(0, -1);
const ARCHIVE_EXTENSIONS = ['.zip', '.jar'];

/** Names of files and folders that usually hold secrets. */
const SECRETS =
  /(?:^|\/)(?:\.env(?:\.[^/]*)?|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.aws|\.ssh|id_(?:rsa|ecdsa|ed25519)|[^/]*\.(?:pem|key))(?:\/|$)/;

/**
 * Builds an app bundle from a folder that holds `manifest.json`, `static/` and, for each function of the manifest,
 * either a folder or a .zip or .jar archive with its name. Everything else beside them is left out. Links that stay in
 * the folder are packed as what they lead to. The same content gives the same bytes on every machine.
 *
 * @param path the path of the folder
 * @param findOutput finds the real path of the bundle's file, which is no part of the app if it is in the folder
 * @returns the bundle, which is yet to be validated
 * @throws AppsctlError INVALID_BUNDLE when the folder cannot be read, has no or two sources for one thing, or holds
 *   anything but files and folders where the bundle's content is
 */
export async function packageFolder(
  path: string,
  findOutput: (manifest: Manifest | undefined) => Promise<string | undefined>,
): Promise<PackedFolder> {
  const whole = await AppFolder.open(path);
  const items = await whole.read();
  const findings = new Findings();
  const manifest = items.find(({ name, kind }) => kind === 'file' && name === MANIFEST_ENTRY);
  const manifestBytes = manifest && (await whole.readFile(manifest.name));
  const functions = functionNames(manifestBytes);
  const folder = whole.without(await findOutput(functions.manifest));
  const sources = new Map<string, FolderItem[]>();
  const packed: FolderItem[] = [];
  for (const item of items) {
    const owner = findOwner(item, functions.names);
    if (owner !== undefined) {
      sources.set(owner, [...(sources.get(owner) ?? []), item]);
      packed.push(item);
    } else if (item.name === MANIFEST_ENTRY || item.name === STATIC) {
      packed.push(item);
      const wanted = item.name === STATIC ? 'folder' : 'file';
      if (item.kind !== wanted) {
        const fix = item.name === STATIC ? 'put the assets into a folder static/' : 'put the manifest there';
        findings.error(item.name, `is not a ${wanted}`, fix);
      }
    } else {
      findings.note(item.name, 'is left out: it is neither manifest.json nor static/ nor a function');
    }
  }
  checkSources(functions, sources, items, findings);
  if (findings.errors.length > 0) throw invalidBundle(path, findings);
  const files = readContent(folder, packed, findings);
  return { bytes: await writeZip(files, FILE_MODE), findings };
}

/** The files of the bundle, each read when it is its turn. */
async function* readContent(
  folder: AppFolder,
  items: readonly FolderItem[],
  findings: Findings,
): AsyncGenerator<ZipFileContent> {
  for (const item of items) {
    const { name, kind } = item;
    folder.assertFileOrFolder(item);
    if (kind === 'file') yield { name, data: await folder.readFile(name) };
    else if (name === STATIC) yield* readFiles(folder, item, STATIC_PREFIX, findings);
    else {
      const data = await writeZip(readFiles(folder, item, '', findings), FUNCTION_FILE_MODE);
      yield { name: `${name}.zip`, data };
    }
  }
}

async function* readFiles(
  folder: AppFolder,
  item: FolderItem,
  prefix: string,
  findings: Findings,
): AsyncGenerator<ZipFileContent> {
  const paths = await folder.filesBelow(item);
  const secret = paths.find((path) => SECRETS.test(path));
  if (secret !== undefined) {
    findings.warning(
      `${item.name}/${secret}`,
      'is packed, and files like it usually hold secrets',
      'remove it',
    );
  }
  for (const path of paths)
    yield { name: prefix + path, data: await folder.readFile(`${item.name}/${path}`) };
}

interface FunctionNames {
  readonly manifest: Manifest | undefined;
  readonly names: ReadonlySet<string>;
  /** Whether the manifest has no errors of its own, which are to be reported first. */
  readonly isValid: boolean;
}

/** The functions of a manifest that may have errors: those are found when the bundle is validated. */
function functionNames(manifestBytes: Uint8Array | undefined): FunctionNames {
  const findings = new Findings();
  const manifest = manifestBytes && parseManifest(manifestBytes, findings);
  const names = new Set(manifest?.aws_lambda?.functions.map(({ name }) => name));
  return { manifest, names, isValid: manifest !== undefined && findings.errors.length === 0 };
}

/** The function whose code it is. */
function findOwner({ name, kind }: FolderItem, functions: ReadonlySet<string>): string | undefined {
  if (kind === 'folder') return name !== STATIC && functions.has(name) ? name : undefined;
  const extension = ARCHIVE_EXTENSIONS.find((candidate) => name.endsWith(candidate));
  const stem = extension === undefined ? name : name.slice(0, -extension.length);
  // Something else with the name of a function is refused, not left out.
  return functions.has(stem) && (extension !== undefined || kind === 'other') ? stem : undefined;
}

function checkSources(
  { names, isValid }: FunctionNames,
  sources: ReadonlyMap<string, readonly FolderItem[]>,
  items: readonly FolderItem[],
  findings: Findings,
): void {
  for (const name of names) {
    const [first, second] = (sources.get(name) ?? []).map((item) =>
      item.kind === 'file' ? item.name : `${item.name}/`,
    );
    if (second !== undefined) findings.error(name, `both ${first} and ${second} hold code`, 'keep one');
    if (first !== undefined || !isValid) continue;
    if (name.includes('/')) {
      findings.error(name, 'has a slash in its name, which AWS Lambda refuses', 'rename the function');
      continue;
    }
    const variant = items.find((item) => isVariant(item, name));
    const wanted = variant?.kind === 'file' ? `${name}.zip` : name;
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
  return item.kind === 'file'
    ? ARCHIVE_EXTENSIONS.some((extension) => folded === `${wanted}${extension}`)
    : folded === wanted && wanted !== STATIC;
}
