import type { PackagedFunction } from '../bundle/packaging/package-function.js';
import type { PackageResult } from '../operations/package.js';
import { type AppOptions, toAppRequest } from './app-options.js';
import { resolveCommon } from './common-options.js';

export type { PackagedFunction, PackageResult };

/** Options of {@link packageApp}. */
export interface PackageOptions extends Omit<AppOptions, 'sha256' | 'timeouts'> {
  /**
   * The path of the bundle to write.
   *
   * @default {app_id}_{version}.zip in the current folder
   */
  readonly output?: string | undefined;
  /** Called when the bundle has been built and checked, before it is written; what it throws ends the packaging. */
  readonly beforeChanges?: (() => void | Promise<void>) | undefined;
}

/**
 * Builds an app bundle from a folder with `manifest.json`, `static/` and a folder or archive for each function, or from
 * what its settings file names. The same content gives the same bytes on every machine.
 *
 * @param folder the path of the folder
 * @throws AppsctlError INVALID_BUNDLE with all findings when the bundle would not be valid, INVALID_SETTINGS for the
 *   settings file, BUILD_FAILED, USAGE or OUTPUT when it cannot be written, INTERRUPTED
 */
export async function packageApp(folder: string, options: PackageOptions = {}): Promise<PackageResult> {
  const { clock, vocabulary } = resolveCommon(options);
  const [{ readAppSettings }, { preparePackage }] = await Promise.all([
    import('../operations/app-source.js'),
    import('../operations/package.js'),
  ]);
  const request = toAppRequest(options);
  const settings = await readAppSettings(folder, request);
  const context = { ...request, vocabulary, settings };
  const prepared = await preparePackage(folder, options.output, clock.now(), context);
  await options.beforeChanges?.();
  return prepared.write();
}
