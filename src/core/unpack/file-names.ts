import type { AppBundle } from '../bundle/bundle.js';
import { foldName } from '../bundle/entry-names.js';
import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';

/** The files of an unpacked bundle that are not taken from it as they are. */
export const TERRAFORM_DATA_FILE = 'terraform-data.json';
export const MANIFEST_FILE = 'manifest.json';
export const ASSETS_FILE = 'assets.json';

/** The file of a function's archive in an unpacked bundle. */
export function functionFile(name: string): string {
  return `functions/${name}.zip`;
}

/** The file of an asset in an unpacked bundle, by its path below `static/`. */
export function assetFile(path: string): string {
  return `static/${path}`;
}

/**
 * The folders that contain files, as in `a/b` and `a` for `a/b/c`.
 *
 * @param limit no more are looked for once there are more than this: short paths may have hundreds of folders each
 */
export function foldersOf(files: Iterable<string>, limit = Number.POSITIVE_INFINITY): Set<string> {
  const folders = new Set<string>();
  for (const file of files) {
    for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
      const folder = file.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
    if (folders.size > limit) break;
  }
  return folders;
}

/**
 * Checks that a bundle can be unpacked to the same files on every system: names that Windows does not allow, and files
 * that would be the same one, or a folder and a file.
 *
 * @param bundleFile the name of the bundle
 * @param bundle whose entries have safe names, or errors; function names can be anything
 * @param findings what was found before; collects errors
 */
export function checkFileNames(
  bundleFile: string,
  { functions, assets }: Pick<AppBundle, 'functions' | 'assets'>,
  findings: Findings,
): void {
  const files = [
    ...functions.map(({ name, location }) => {
      const reason = /[/\\]/.test(name) ? 'has a slash or backslash' : undefined;
      return { file: functionFile(name), location: `${location}.name`, reason };
    }),
    ...assets.map(({ path, entry }) => ({ file: assetFile(path), location: entry.name, reason: undefined })),
  ];
  const paths = foldersOf(
    files.map(({ file }) => file),
    LIMITS.entries,
  );
  if (paths.size > LIMITS.entries) {
    const message = `has files in more than ${LIMITS.entries} folders, the limit for unpacking`;
    findings.error('zip/too-large', bundleFile, message, 'use fewer folders');
    return;
  }
  const folders = new Map([...paths].map((path) => [foldName(path), path]));
  const known = new Set(findings.errors.map(({ location }) => location));
  const seen = new Map<string, string>();
  for (const { file, location, reason: given } of files) {
    const folded = foldName(file);
    const earlier = seen.get(folded);
    seen.set(folded, earlier ?? file);
    const reason =
      given ??
      unportableReason(file) ??
      (earlier === undefined ? undefined : `would be the same file as ${earlier}`) ??
      (folders.has(folded) ? `would be a file where ${folders.get(folded)} is a folder` : undefined);
    if (reason === undefined || known.has(location)) continue;
    findings.error('unpack/file-name', location, `cannot be unpacked as ${file}: it ${reason}`, 'rename it');
  }
}

/** The limit of most file systems, in bytes. */
const MAX_SEGMENT_BYTES = 255;

/**
 * Explains why not every system can have a file with a path.
 * Source: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
 */
function unportableReason(path: string): string | undefined {
  if (
    path
      .split('/')
      .some((name) => name.length * 3 > MAX_SEGMENT_BYTES && Buffer.byteLength(name) > MAX_SEGMENT_BYTES)
  )
    return `has a name over ${MAX_SEGMENT_BYTES} bytes`;
  const [forbidden] = /[<>:"|?*\p{Cc}]/u.exec(path) ?? [];
  if (forbidden !== undefined) return `has ${JSON.stringify(forbidden)}, which Windows does not allow`;
  if (/[. ](?:\/|$)/.test(path))
    return 'has a name that ends with a dot or a space, which Windows does not allow';
  if (/\/(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:[./]|$)/i.test(path))
    return 'has a name that Windows reserves for a device';
  return undefined;
}
