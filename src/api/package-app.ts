import type { PackagedFunction } from '../bundle/packaging/package-function.js';
import type { PackageSettings } from '../core/settings/package-settings.js';
import type { PackageResult } from '../operations/package.js';
import { type CommonOptions, resolveCommon } from './common-options.js';

export type { PackagedFunction, PackageResult };

/** Options of {@link packageApp}. */
export interface PackageOptions extends CommonOptions {
  /**
   * The path of the bundle to write.
   *
   * @default {app_id}_{version}.zip in the current folder
   */
  readonly output?: string | undefined;
  /**
   * Where the parts of the app are.
   *
   * @default manifest.json, static/ and a folder or archive with the name of each function
   */
  readonly settings?: PackageSettings | undefined;
  /** Called when the bundle has been built and checked, before it is written; what it throws ends the packaging. */
  readonly beforeChanges?: (() => void | Promise<void>) | undefined;
}

/**
 * Builds an app bundle from a folder with `manifest.json`, `static/` and a folder or archive for each function.
 * The same content gives the same bytes on every machine.
 *
 * @param folder the path of the folder
 * @throws AppsctlError INVALID_BUNDLE with all findings when the bundle would not be valid, USAGE or OUTPUT when it
 *   cannot be written, INTERRUPTED
 */
export async function packageApp(folder: string, options: PackageOptions = {}): Promise<PackageResult> {
  const { clock, signal, vocabulary } = resolveCommon(options);
  const { preparePackage } = await import('../operations/package.js');
  const { output, settings } = options;
  const prepared = await preparePackage(folder, output, clock.now(), { signal, vocabulary, settings });
  await options.beforeChanges?.();
  return prepared.write();
}
