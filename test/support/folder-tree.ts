import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is in a folder: by path, the content of each file, and the mode and time of everything, itself included. */
export async function readTree(folder: string): Promise<Record<string, string>> {
  const paths = await readdir(folder, { recursive: true });
  const tree: Record<string, string> = {};
  for (const path of ['.', ...paths].sort()) {
    const found = await lstat(join(folder, path));
    const content = found.isFile() ? (await readFile(join(folder, path))).toString('base64') : 'folder';
    tree[path] = `${(found.mode & 0o7777).toString(8)} ${found.mtime.toISOString()} ${content}`;
  }
  return tree;
}
