import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import JSZip from 'jszip';
import { NO_APP_SETTINGS } from '../../src/core/settings/app-settings.js';
import type { FunctionSource, PackageSettings } from '../../src/core/settings/package-settings.js';
import { DEFAULT_PACKAGE_SETTINGS } from '../../src/core/settings/package-settings.js';
import { type PackageResult, preparePackage } from '../../src/operations/package.js';
import { manifest } from './bundle.js';

/** The content of a file, or where a link points to. */
export type FileContent = string | { readonly link: string };

/** Creates a folder with these files and links. */
export async function createFiles(
  root: string,
  files: Readonly<Record<string, FileContent>>,
): Promise<string> {
  await mkdir(root, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    if (typeof content === 'string') await writeFile(join(root, path), content);
    else await symlink(content.link, join(root, path));
  }
  return root;
}

/** The manifest of an app with the function `go`. */
export const MANIFEST = JSON.stringify(manifest());

/** A package.json, whose dependencies have any version. */
export function packageJson(
  name: string,
  dependencies: readonly string[] = [],
  fields: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    name,
    version: '1.0.0',
    dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '*'])),
    ...fields,
  });
}

/** A module that exports its name and what the modules that it loads export, such as `a(b(), c())`. */
export function moduleThatLoads(name: string, ...dependencies: readonly string[]): string {
  const loaded = dependencies.map((dependency) => `require('${dependency}')`).join(" + ', ' + ");
  return `module.exports = '${name}(' + ${loaded || "''"} + ')';`;
}

/** The settings of a function `go`, with those of the whole app. */
export function settingsOf(
  go: Omit<FunctionSource, 'code'> & { readonly code?: Readonly<Record<string, string>> },
  app: Partial<PackageSettings> = {},
): PackageSettings {
  const source = { ...go, code: go.code && new Map(Object.entries(go.code)) };
  return { ...DEFAULT_PACKAGE_SETTINGS, functions: new Map([['go', source]]), ...app };
}

/** An app that was packaged. */
export interface Packaged extends PackageResult {
  /** The bundle. */
  readonly bundle: JSZip;
  /** The paths in the archive of the function `go`. */
  readonly names: readonly string[];
  /** The archive of the function `go`. */
  readonly archive: JSZip;
}

/** Packages the folder of an app. */
export async function packageAndRead(root: string, settings?: PackageSettings): Promise<Packaged> {
  const app = { ...NO_APP_SETTINGS, package: settings ?? DEFAULT_PACKAGE_SETTINGS };
  const prepared = await preparePackage(root, `${root}.zip`, Date.now(), {
    settings: app,
    onEvent: () => {},
  });
  const result = await prepared.write();
  const bundle = await JSZip.loadAsync(await readFile(result.file));
  const archive = await JSZip.loadAsync((await bundle.file('go.zip')?.async('nodebuffer')) ?? '');
  return { ...result, bundle, archive, names: Object.keys(archive.files) };
}

/** Extracts an archive and loads a module of it in another process. Returns what the module exports. */
export async function loadModule(archive: JSZip, folder: string, module = './index.js'): Promise<unknown> {
  for (const [name, file] of Object.entries(archive.files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), await file.async('nodebuffer'));
  }
  const script = `process.stdout.write(JSON.stringify(require('${module}')))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder });
  return JSON.parse(stdout);
}
