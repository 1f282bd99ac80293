import { FileSource } from '../bundle/file-source.js';
import { isFolder } from '../bundle/is-folder.js';
import { type OpenPartialBundle, readPartialBundle } from '../bundle/open-bundle.js';
import { checkFunctionNames } from '../core/bundle/check-function-names.js';
import { replaceHandlers } from '../core/bundle/replace-handlers.js';
import { Findings } from '../core/diagnostics/findings.js';
import { type AppSettings, NO_APP_SETTINGS } from '../core/settings/app-settings.js';
import type { PackageSettings } from '../core/settings/package-settings.js';
import type { BuildOptions } from './build-bundle.js';
import { readSettings, type SettingsRequest } from './read-settings.js';

/** How an app is read. */
export interface AppRequest extends SettingsRequest, Omit<BuildOptions, 'settings'> {
  /** Runtimes that replace those of the manifest, by the names of functions. */
  readonly runtimes?: Readonly<Record<string, string>> | undefined;
  /** How messages name a bundle. @default its path */
  readonly name?: string | undefined;
}

/** An app: its settings, and its folder or bundle. */
export interface AppSource {
  readonly settings: AppSettings;
  /**
   * Runs the build command of a folder; does nothing for a bundle.
   *
   * @throws AppsctlError BUILD_FAILED; INTERRUPTED
   */
  build(): Promise<void>;
  /**
   * Opens the bundle, or packages the folder into a bundle in memory.
   *
   * @returns the bundle as far as it could be read, with errors among its findings if it is not valid; the caller closes it
   * @throws AppsctlError INVALID_BUNDLE when it cannot be read at all; INTERRUPTED
   */
  open(): Promise<OpenPartialBundle>;
}

/**
 * Finds out whether a path is the folder or the bundle of an app, and reads its settings.
 *
 * @param path of a folder or a .zip file
 * @throws AppsctlError as {@link readAppSettings} does
 */
export async function findApp(path: string, request: AppRequest): Promise<AppSource> {
  const isBundle = !(await isFolder(path));
  const settings = await readAppSettings(isBundle ? undefined : path, request);
  const options = { ...request, settings: settings.package };
  if (isBundle)
    return {
      settings,
      build: async () => {},
      open: () => openBundle(path, request.name ?? path, settings.package),
    };
  // Loaded here, because it is not needed for bundles.
  const { buildBundle, runBuildCommand } = await import('./build-bundle.js');
  return {
    settings,
    build: () => runBuildCommand(path, options),
    open: async () => (await buildBundle(path, options)).bundle,
  };
}

/**
 * Reads the settings of an app: those of its file, with other runtimes if they are requested.
 *
 * @param folder the folder of the app; undefined for a bundle
 * @throws AppsctlError as {@link readSettings} does
 */
export async function readAppSettings(folder: string | undefined, request: AppRequest): Promise<AppSettings> {
  const settings = (await readSettings(folder, request)) ?? NO_APP_SETTINGS;
  const functions = new Map(settings.package.functions);
  for (const [name, runtime] of Object.entries(request.runtimes ?? {}))
    functions.set(name, { ...functions.get(name), runtime });
  return { ...settings, package: { ...settings.package, functions } };
}

async function openBundle(
  path: string,
  name: string,
  { functions }: PackageSettings,
): Promise<OpenPartialBundle> {
  const bundle = replaceHandlers(await readPartialBundle(name, await FileSource.open(path)), functions);
  if (bundle.manifest === undefined) return bundle;
  const findings = new Findings();
  checkFunctionNames(bundle.declared, functions.keys(), findings);
  return { ...bundle, findings: [...bundle.findings, ...findings.all] };
}
