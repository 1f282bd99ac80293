import { dirname, join } from 'node:path';
import { isAbsent } from '../../core/diagnostics/fs-error.js';
import { MIB } from '../../core/units.js';
import { type AppPaths, ancestors, relativePath } from '../app-paths.js';
import { readPackageJsonFields } from '../package-json-fields.js';
import { unreadable } from '../packaging-error.js';
import { readRegularFile } from '../read-regular-file.js';
import { coversFolder, readPnpmPackages } from './workspace-patterns.js';

/** A list of patterns is short. */
const MAX_BYTES = MIB;

type Folder = Pick<AppPaths, 'path' | 'realPath'>;

/**
 * Finds the workspace of an app, whose packages its functions may link to: the app's own folder if it is the root of a
 * workspace, else the nearest folder above whose workspace has the app's folder, a folder in it, or one that contains it as
 * a package.
 * Rules: https://pnpm.io/pnpm-workspace_yaml, https://docs.npmjs.com/cli/using-npm/workspaces
 *
 * @returns a real path; the app's folder if there is no workspace
 * @throws AppsctlError INVALID_BUNDLE when a file that may define a workspace cannot be read
 */
export function findWorkspaceRoot(app: Folder): string {
  if (readPatterns(app.realPath, app) !== undefined) return app.realPath;
  for (const above of ancestors(dirname(app.realPath))) {
    const patterns = readPatterns(above, app);
    if (patterns !== undefined && coversFolder(patterns, relativePath(above, app.realPath))) return above;
  }
  return app.realPath;
}

/** The patterns of the packages of a workspace; undefined if the folder is not the root of one. */
function readPatterns(folder: string, app: Folder): readonly string[] | undefined {
  const file = join(folder, 'pnpm-workspace.yaml');
  try {
    return readPnpmPackages(readRegularFile(file, MAX_BYTES).toString());
  } catch (error) {
    if (!isAbsent(error)) throw unreadable(app, file, error);
  }
  return listIn(readPackageJsonFields(folder, app)?.get('workspaces'));
}

/** The field `workspaces`: a list, or for Yarn 1 an object with the list `packages`. */
function listIn(workspaces: unknown): readonly string[] | undefined {
  if (typeof workspaces !== 'object' || workspaces === null) return undefined;
  const list: unknown = Array.isArray(workspaces)
    ? workspaces
    : new Map<string, unknown>(Object.entries(workspaces)).get('packages');
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
