import { MANIFEST_ENTRY, STATIC_PREFIX } from '../core/bundle/bundle.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import type { Manifest } from '../core/manifest/manifest.js';
import { parseManifest } from '../core/manifest/parse.js';
import { writeZip, type ZipFileContent } from '../zip/write-zip.js';
import { APP_FOLDER_HINT, AppFolder, type FolderItem } from './app-folder.js';
import { FILE_MODE, FUNCTION_FILE_MODE } from './file-modes.js';

/** A bundle that was built from a folder. */
export interface PackagedFolder {
  readonly bytes: Uint8Array;
  /** Warnings, and notes about what was left out. */
  readonly findings: Findings;
}

/** The folder of the assets. */
const STATIC = STATIC_PREFIX.slice(0, -1);
const ARCHIVE_EXTENSIONS = ['.zip', '.jar'];

/** Names of files and folders that usually contain secrets. */
const SECRETS =
  /(?:^|\/)(?:\.env(?:\.[^/]*)?|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.aws|\.ssh|id_(?:rsa|ecdsa|ed25519)|[^/]*\.(?:pem|key))(?:\/|$)/;

/**
 * Builds an app bundle from a folder with `manifest.json`, `static/` and, for each function of the manifest, a folder or
 * a .zip or .jar archive with its name. Other files and folders are left out. A link inside the folder is packaged as
 * what it points to. The same content gives the same bytes on every machine.
 *
 * @param path the path of the folder
 * @param findOutput returns the real path of the bundle's file, which is left out if it is in the folder
 * @returns the bundle, which has not been validated yet
 * @throws AppsctlError INVALID_BUNDLE when the folder or something in it cannot be packaged
 */
export async function packageFolder(
  path: string,
  findOutput: (manifest: Manifest | undefined) => Promise<string | undefined>,
): Promise<PackagedFolder> {
  const unfiltered = await AppFolder.open(path);
  const everything = await unfiltered.list();
  const findings = new Findings();
  if (everything.every(({ name }) => name !== MANIFEST_ENTRY)) throw missingManifest(path, everything);
  const manifest = everything.find(({ name, kind }) => kind === 'file' && name === MANIFEST_ENTRY);
  const manifestBytes = manifest && (await unfiltered.readFile(manifest.name));
  const functions = parseFunctionNames(manifestBytes);
  const output = await findOutput(functions.manifest);
  const folder = unfiltered.without(output);
  const items = everything.filter(({ realPath }) => realPath !== output);
  const code = new Map<string, FolderItem[]>();
  const included: FolderItem[] = [];
  for (const item of items) {
    const functionName = findFunction(item, functions.locations);
    if (functionName !== undefined) {
      code.set(functionName, [...(code.get(functionName) ?? []), item]);
      included.push(item);
    } else if (item.name === MANIFEST_ENTRY || item.name === STATIC) {
      checkLayout(item, findings);
      included.push(item);
    } else {
      const message = 'is left out: it is not manifest.json, static/ or a function';
      findings.note('package/left-out', item.name, message);
    }
  }
  checkCode(functions, code, items, findings);
  if (findings.hasErrors) throw invalidBundle(path, findings);
  const files = readContent(folder, included, findings);
  return { bytes: await writeZip(files, FILE_MODE), findings };
}

function missingManifest(path: string, items: readonly FolderItem[]): AppsctlError {
  const variant = items.find(({ name }) => name.toLowerCase() === MANIFEST_ENTRY);
  const fix =
    variant === undefined ? APP_FOLDER_HINT : `rename ${variant.name} to ${MANIFEST_ENTRY}: case matters`;
  const findings = new Findings();
  findings.error('manifest/missing', MANIFEST_ENTRY, 'is missing', fix);
  return new AppsctlError('INVALID_BUNDLE', `no ${MANIFEST_ENTRY} in ${path}`, {
    hint: fix,
    findings: findings.all,
  });
}

function checkLayout({ name, kind }: FolderItem, findings: Findings): void {
  if (name === STATIC && kind !== 'folder')
    findings.error('package/layout', name, 'is not a folder', 'put the assets into a folder static/');
  if (name === MANIFEST_ENTRY && kind !== 'file')
    findings.error('package/layout', name, 'is not a file', 'replace it with the manifest');
}

/** The files of the bundle. Each is read when it is written to the zip. */
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
  const paths = await folder.findFiles(item);
  const secret = paths.find((path) => SECRETS.test(path));
  if (secret !== undefined) {
    const message = 'is part of the bundle, but files with this name usually contain secrets';
    findings.warning('package/secret', `${item.name}/${secret}`, message, 'remove it from the folder');
  }
  for (const path of paths)
    yield { name: prefix + path, data: await folder.readFile(`${item.name}/${path}`) };
}

interface FunctionNames {
  readonly manifest: Manifest | undefined;
  /** Where they are in the manifest, by name. */
  readonly locations: ReadonlyMap<string, string>;
  /** Whether the manifest is valid; if it is not, its errors are reported first. */
  readonly isValid: boolean;
}

/** The functions of a manifest. Its errors are reported when the bundle is validated. */
function parseFunctionNames(manifestBytes: Uint8Array | undefined): FunctionNames {
  const findings = new Findings();
  const manifest = manifestBytes && parseManifest(manifestBytes, findings);
  const locations = new Map(
    manifest?.aws_lambda?.functions.map(({ name }, index) => [name, `aws_lambda.functions[${index}].name`]),
  );
  return { manifest, locations, isValid: manifest !== undefined && !findings.hasErrors };
}

/** The function whose code an item is. */
function findFunction(
  { name, kind }: FolderItem,
  functions: ReadonlyMap<string, unknown>,
): string | undefined {
  if (kind === 'folder') return name !== STATIC && functions.has(name) ? name : undefined;
  const extension = ARCHIVE_EXTENSIONS.find((candidate) => name.endsWith(candidate));
  const stem = extension === undefined ? name : name.slice(0, -extension.length);
  // An item with the name of a function that cannot be packaged is an error, and not left out.
  return functions.has(stem) && (extension !== undefined || kind === 'other') ? stem : undefined;
}

/** Checks that each function has exactly one folder or archive. */
function checkCode(
  { locations, isValid }: FunctionNames,
  code: ReadonlyMap<string, readonly FolderItem[]>,
  items: readonly FolderItem[],
  findings: Findings,
): void {
  for (const [name, location] of locations) {
    const [first, second] = (code.get(name) ?? []).map((item) =>
      item.kind === 'file' ? item.name : `${item.name}/`,
    );
    if (second !== undefined) {
      const message = `function ${name} has both ${first} and ${second}`;
      findings.error('package/duplicate-code', location, message, 'remove one of them');
    }
    if (first !== undefined || !isValid) continue;
    if (name.includes('/')) {
      const message = `function ${name} has a slash in its name, which AWS Lambda does not allow`;
      findings.error('package/no-code', location, message, 'rename the function');
      continue;
    }
    const message = `function ${name} has no code in the folder`;
    findings.error('package/no-code', location, message, suggestCode(name, items));
  }
}

function suggestCode(name: string, items: readonly FolderItem[]): string {
  const variant = items.find((item) => differsInCase(item, name));
  if (variant === undefined)
    return `add ${name === STATIC ? '' : `the folder ${name}/ or `}the archive ${name}.zip`;
  return `rename ${variant.name} to ${variant.kind === 'file' ? `${name}.zip` : name}: case matters`;
}

/** Whether an item would be a function's code if case did not matter. */
function differsInCase(item: FolderItem, name: string): boolean {
  const folded = item.name.toLowerCase();
  const wanted = name.toLowerCase();
  return item.kind === 'file'
    ? ARCHIVE_EXTENSIONS.some((extension) => folded === `${wanted}${extension}`)
    : folded === wanted && wanted !== STATIC;
}
