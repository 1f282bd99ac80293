import { MANIFEST_ENTRY } from '../../core/bundle/bundle.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { Findings } from '../../core/diagnostics/findings.js';
import { invalidBundle } from '../../core/diagnostics/invalid-bundle.js';
import { DEFAULT_PACKAGE_SETTINGS, type PackageSettings } from '../../core/settings/package-settings.js';
import { APP_FOLDER_HINT } from '../packaging-error.js';
import type { AppFolder, FolderItem } from './app-folder.js';
import { toPath } from './function-sources.js';

/** How deep a manifest is looked for that is not where it should be: src/main/resources/static is four folders deep. */
const SEARCH_DEPTH = 5;
/** Folders in which no manifest of the app is, and hidden ones. */
const NOT_SEARCHED = /^(?:node_modules|\..*)$/;

/**
 * Finds the manifest of an app.
 *
 * @returns the file
 * @throws AppsctlError INVALID_BUNDLE when there is none; the hint says where one is
 */
export async function findManifest(folder: AppFolder, { manifest }: PackageSettings): Promise<FolderItem> {
  const path = toPath(manifest);
  const item = path === undefined ? undefined : await folder.alone.find(path);
  if (item === undefined) throw await missingManifest(folder, manifest);
  if (item.kind === 'file') return item;
  const findings = new Findings();
  const problem = item.problem ?? 'is not a file';
  findings.error('package/layout', manifest, problem, 'replace it with the manifest');
  throw invalidBundle(folder.path, findings);
}

async function missingManifest(folder: AppFolder, wanted: string): Promise<AppsctlError> {
  const fix =
    (await suggestManifest(folder, wanted)) ??
    (isDefault(wanted) ? APP_FOLDER_HINT : 'correct "manifest" in appsctl.json');
  const findings = new Findings();
  findings.error('manifest/missing', wanted, 'is missing', fix);
  return new AppsctlError('INVALID_BUNDLE', `no ${wanted} in ${folder.path}`, {
    hint: fix,
    findings: findings.all,
  });
}

async function suggestManifest(folder: AppFolder, wanted: string): Promise<string | undefined> {
  const items = await folder.list();
  const variant = items.find(({ name }) => name !== wanted && name.toLowerCase() === wanted.toLowerCase());
  if (variant !== undefined) return `rename ${variant.name} to ${wanted}: case matters`;
  const found = await searchManifest(folder);
  if (found === undefined) return undefined;
  const change = isDefault(wanted)
    ? `add "manifest": ${JSON.stringify(found)} to appsctl.json`
    : 'correct "manifest" in appsctl.json';
  return `found at ${found}: ${change}`;
}

function isDefault(path: string): boolean {
  return path === DEFAULT_PACKAGE_SETTINGS.manifest;
}

/** Finds the uppermost manifest.json in the folders of an app. */
async function searchManifest(folder: AppFolder): Promise<string | undefined> {
  let level = [{ path: '', item: folder.root }];
  for (let depth = 0; depth <= SEARCH_DEPTH; depth++) {
    const next: typeof level = [];
    for (const { path, item } of level) {
      for (const child of await folder.list(item)) {
        const at = path === '' ? child.name : `${path}/${child.name}`;
        if (child.kind === 'file' && child.name === MANIFEST_ENTRY) return at;
        if (child.kind === 'folder' && !child.isLink && !NOT_SEARCHED.test(child.name))
          next.push({ path: at, item: child });
      }
    }
    level = next;
  }
  return undefined;
}
