import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_ENTRY, STATIC_PREFIX } from '../core/app-bundle/bundle.js';
import { AppsctlError } from '../core/errors.js';
import { compareUtf8 } from '../core/json/go-json.js';
import { FILE_MODE, FUNCTION_FILE_MODE, writeZip, type ZipFileContent } from './write-zip.js';

/** What desktop systems leave behind in folders. */
const LEFTOVERS: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '.git']);

/**
 * Builds an app bundle from a folder that holds `manifest.json`, `static/` and, for each function, either a
 * folder or a .zip or .jar archive with its name. The same content gives the same bytes on every machine.
 *
 * @param folder the path of the folder
 * @returns the bytes of the bundle
 * @throws AppsctlError INVALID_BUNDLE when the folder cannot be read or holds anything but files and folders
 */
export async function packageFolder(folder: string): Promise<Uint8Array> {
  const names = await list(folder, '');
  const top = new Set(names.map((name) => name.split('/')[0] ?? ''));
  const files: ZipFileContent[] = [];
  for (const name of [...top].sort(compareUtf8)) {
    const isFile = names.includes(name);
    if (isFile && (name === MANIFEST_ENTRY || /\.(?:zip|jar)$/.test(name))) {
      files.push({ name, data: await readFile(join(folder, name)) });
    } else if (`${name}/` === STATIC_PREFIX) {
      for (const path of names.filter((candidate) => candidate.startsWith(STATIC_PREFIX))) {
        files.push({ name: path, data: await readFile(join(folder, path)) });
      }
    } else if (!isFile) {
      files.push({ name: `${name}.zip`, data: await packageFunction(join(folder, name)) });
    }
  }
  return writeZip(files, FILE_MODE);
}

async function packageFunction(folder: string): Promise<Uint8Array> {
  const names = await list(folder, '');
  const files = await Promise.all(
    names.map(async (name) => ({ name, data: await readFile(join(folder, name)) })),
  );
  return writeZip(files, FUNCTION_FILE_MODE);
}

/** The files below a folder, as slash-separated paths in UTF-8 order. */
async function list(root: string, below: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readFolder(join(root, below))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (LEFTOVERS.has(entry.name)) continue;
    if (entry.isDirectory()) names.push(...(await list(root, path)));
    else if (entry.isFile()) names.push(path);
    else
      throw new AppsctlError('INVALID_BUNDLE', `${join(root, path)} is neither a file nor a folder`, {
        hint: 'replace a link by what it points to',
      });
  }
  return names.sort(compareUtf8);
}

async function readFolder(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is no folder' : `cannot be read (${code})`;
    throw new AppsctlError('INVALID_BUNDLE', `${path} ${reason}`, {
      hint: 'name a folder with manifest.json, static/ and one folder or archive per function',
      cause: error,
    });
  }
}
