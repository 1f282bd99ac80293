import { isFolder } from '../bundle/is-folder.js';
import { openBundle } from '../bundle/open-bundle.js';
import { AppFolder } from '../bundle/packaging/app-folder.js';
import { readFolderManifest } from '../bundle/packaging/folder-manifest.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { AppReference } from '../core/manifest/app-reference.js';
import { DEFAULT_PACKAGE_SETTINGS } from '../core/settings/package-settings.js';
import { readSettings } from './read-settings.js';

/**
 * Finds out which app and version a folder or a bundle has. Builds nothing.
 *
 * @param path of the folder, or of a .zip file
 * @throws AppsctlError INVALID_BUNDLE when the manifest is missing or not valid
 */
export async function readAppReference(path: string): Promise<AppReference> {
  if (!(await isFolder(path))) {
    await using bundle = await openBundle(path);
    return { id: bundle.manifest.app_id, version: bundle.manifest.version };
  }
  const settings = await readSettings(path, {});
  const folder = await AppFolder.open(path);
  const { manifest } = await readFolderManifest(folder, settings?.package ?? DEFAULT_PACKAGE_SETTINGS);
  if (manifest !== undefined) return { id: manifest.app_id, version: manifest.version };
  throw new AppsctlError('INVALID_BUNDLE', `the manifest of ${path} is not valid`, {
    hint: 'validate the app: its findings say what is wrong',
  });
}
