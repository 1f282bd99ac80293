import { constants, type Dirent } from 'node:fs';
import { access, lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isInside } from '../../bundle/app-paths.js';
import { AppsctlError, type ErrorCode } from '../../core/diagnostics/error.js';
import { fileErrorCode, fileProblem, isInvalidPath } from '../../core/diagnostics/fs-error.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import { MIB } from '../../core/units.js';
import { ASSETS_FILE, foldersOf, TERRAFORM_DATA_FILE } from '../../core/unpack/file-names.js';
import { ownFiles } from '../../core/unpack/own-files.js';

/**
 * Checks that a bundle can be unpacked into a folder: that it is empty, does not exist, or is what an earlier run has
 * written.
 *
 * @param folder as it was given
 * @param bundle the path of the bundle, which must not be in the folder; undefined if it is not known yet
 * @returns the path of the folder, without links
 * @throws AppsctlError USAGE when the folder must not be replaced; OUTPUT when it cannot be
 */
export async function checkUnpackFolder(folder: string, bundle: string | undefined): Promise<string> {
  try {
    const path = await findFolder(folder);
    const current = await realpath(process.cwd());
    if (current === path) throw refusal(folder, 'it is the current folder');
    if (isInside(current, path)) throw refusal(folder, 'the current folder is in it');
    const file = bundle && (await realpath(bundle).catch(() => undefined));
    if (file && isInside(file, path)) throw refusal(folder, 'the bundle is in it');
    await access(dirname(path), constants.W_OK);
    const foreign = await findForeignUndisturbed(path);
    if (foreign !== undefined)
      throw refusal(folder, `it is not empty, and ${foreign} was not unpacked into it`);
    return path;
  } catch (error) {
    throw toUnpackError(folder, error);
  }
}

/** The path of a folder, which may not exist yet, without links. */
async function findFolder(folder: string): Promise<string> {
  const given = resolve(folder);
  if (dirname(given) === given) throw refusal(folder, 'it is the root of a file system');
  const path = join(await realpath(dirname(given)), basename(given));
  const found = await lstat(path).catch((error: unknown) => {
    if (fileErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return path;
  if (found.isSymbolicLink()) throw refusal(folder, 'it is a link');
  if (!found.isDirectory()) throw refusal(folder, 'it is not a folder');
  // Where case does not matter, this is how the name is written.
  return realpath(path);
}

/** How often another run may replace the folder while it is read. */
const MAX_ATTEMPTS = 10;

/** Does the same as {@link findForeign}, for one folder and not for parts of two: another run may replace it meanwhile. */
async function findForeignUndisturbed(path: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const before = await identityOf(path);
    const isSame = async (): Promise<boolean> =>
      attempt === MAX_ATTEMPTS || before === (await identityOf(path));
    try {
      const foreign = await findForeign(path);
      if (await isSame()) return foreign;
    } catch (error) {
      if (await isSame()) throw error;
    }
  }
}

/** What tells a folder from another one in its place; undefined if there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  return lstat(path, { bigint: true }).then(
    ({ ino, ctimeNs }) => `${ino} ${ctimeNs}`,
    () => undefined,
  );
}

/** Larger than those of the largest bundle. */
const MAX_DATA_BYTES = 128 * MIB;

/** Finds something in a folder that is not of an earlier run. Returns undefined if there is nothing, or no folder. */
async function findForeign(path: string): Promise<string | undefined> {
  const entries = await readFolder(path);
  const [first] = entries;
  if (first === undefined) return undefined;
  const [terraformData, assetData] = await Promise.all(
    [TERRAFORM_DATA_FILE, ASSETS_FILE].map((name) => readData(path, entries, name)),
  );
  const files = terraformData && assetData && ownFiles(terraformData, assetData);
  if (!files) return entries.map(({ name }) => name).sort()[0];
  // Some file systems store names in another Unicode form.
  const own = new Set([...files].map((file) => file.normalize()));
  const ownFolders = foldersOf(own);
  const queue = [''];
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    await access(join(path, folder), constants.W_OK);
    for (const entry of folder === '' ? entries : await readFolder(join(path, folder))) {
      const name = `${folder}${folder && '/'}${entry.name}`;
      const isOwn = entry.isDirectory() ? ownFolders : entry.isFile() ? own : new Set();
      if (!isOwn.has(name.normalize())) return name;
      if (entry.isDirectory()) queue.push(name);
    }
  }
  return undefined;
}

async function readFolder(path: string): Promise<Dirent[]> {
  return readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (fileErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
}

async function readData(path: string, entries: readonly Dirent[], name: string): Promise<Buffer | undefined> {
  const file = join(path, name);
  const isFile = entries.some((entry) => entry.name === name && entry.isFile());
  return isFile && (await stat(file)).size <= MAX_DATA_BYTES ? readFile(file) : undefined;
}

function refusal(folder: string, problem: string): AppsctlError {
  return unpackError('USAGE', folder, problem);
}

/** The error for something that failed while a bundle was unpacked into a folder; other errors as they are. */
export function toUnpackError(folder: string, error: unknown): unknown {
  const code = fileErrorCode(error);
  if (AppsctlError.is(error) || code === '') return error;
  const problem = fileProblem(error, {
    ENOENT: 'its parent folder does not exist',
    EBUSY: 'it is in use, such as a volume that is mounted there',
    EXDEV: 'it is on another file system than its parent folder',
  });
  const hint: Hint | undefined =
    code === 'ENOSPC' ? ({ again }) => `free some space, and ${again}` : undefined;
  return unpackError(isInvalidPath(error) ? 'USAGE' : 'OUTPUT', folder, problem, hint, error);
}

function unpackError(
  code: ErrorCode,
  folder: string,
  problem: string,
  hint: Hint = ({ unpack }) => `name a new or an empty folder with ${unpack}`,
  cause?: unknown,
): AppsctlError {
  return new AppsctlError(code, `cannot unpack into ${folder || '""'}: ${problem}`, { hint, cause });
}
