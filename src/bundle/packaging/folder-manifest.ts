import { Findings } from '../../core/diagnostics/findings.js';
import { invalidBundle } from '../../core/diagnostics/invalid-bundle.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { checkManifestSize, parseManifest } from '../../core/manifest/parse.js';
import type { PackageSettings } from '../../core/settings/package-settings.js';
import type { AppFolder } from './app-folder.js';
import { findManifest } from './find-manifest.js';
import { readFile } from './read-files.js';
import { measureFiles } from './size-budget.js';

/**
 * Reads the manifest of a folder. Its errors are reported when the bundle is validated.
 *
 * @throws AppsctlError INVALID_BUNDLE when there is none, or it cannot be read
 */
export async function readFolderManifest(
  folder: AppFolder,
  settings: PackageSettings,
): Promise<{ bytes: Buffer; manifest: Manifest | undefined; isValid: boolean }> {
  const { realPath, location } = await findManifest(folder, settings);
  const [size = 0] = measureFiles(new Map([[location, realPath]]), folder).values();
  const tooLarge = new Findings();
  if (!checkManifestSize(size, tooLarge)) throw invalidBundle(folder.path, tooLarge);
  const bytes = readFile(realPath, size, folder);
  const findings = new Findings();
  const manifest = parseManifest(bytes, findings);
  return { bytes, manifest, isValid: !findings.hasErrors };
}
