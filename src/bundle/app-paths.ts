import path from 'node:path';

/** Where the folder of an app is. */
export interface AppPaths {
  /** As it was given, for messages. */
  readonly path: string;
  /** Without links. */
  readonly realPath: string;
  /** The folder, without links, that contains everything that the bundle may depend on. */
  readonly workspaceRoot: string;
}

/** What paths are on a system: `path.posix` or `path.win32`. */
type PathRules = Pick<path.PlatformPath, 'relative' | 'isAbsolute' | 'sep'>;

/**
 * Whether a path is a folder or something in it.
 *
 * @param item a path without links
 * @param folder a path without links
 * @param rules those of another system
 */
export function isInside(item: string, folder: string, rules: PathRules = path): boolean {
  const below = rules.relative(folder, item);
  // On Windows, there is no relative path to another drive.
  return below !== '..' && !below.startsWith(`..${rules.sep}`) && !rules.isAbsolute(below);
}

/** The path of something relative to a folder, with slashes. */
export function relativePath(folder: string, item: string): string {
  // A shortcut: most files are in the folder, and there are thousands.
  if (item.startsWith(folder + path.sep)) return withSlashes(item.slice(folder.length + 1));
  return withSlashes(path.relative(folder, item));
}

function withSlashes(text: string): string {
  return path.sep === '/' ? text : text.replaceAll(path.sep, '/');
}

/** A folder and those above it, up to the workspace of the app; none if the folder is not in it. */
export function* foldersUp(
  from: string,
  { workspaceRoot }: Pick<AppPaths, 'workspaceRoot'>,
): Generator<string> {
  for (const folder of ancestors(from)) {
    if (!isInside(folder, workspaceRoot)) return;
    yield folder;
  }
}

/** A folder and those above it, up to the root of the file system. */
export function* ancestors(from: string): Generator<string> {
  let folder = from;
  for (; path.dirname(folder) !== folder; folder = path.dirname(folder)) yield folder;
  yield folder;
}
