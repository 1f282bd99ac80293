import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readBundle } from '../bundle/open-bundle.js';
import { packageFolder } from '../bundle/package-folder.js';
import { AppsctlError, type ErrorCode } from '../core/diagnostics/error.js';
import type { Finding } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import type { Manifest } from '../core/manifest/manifest.js';
import { MemorySource } from '../zip/byte-source.js';
import { validate } from './validate.js';

/** A bundle that was written. */
export interface PackageResult {
  readonly file: string;
  readonly bytes: number;
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}

/** A bundle that was built, and not written yet. */
export interface PreparedPackage {
  /** Writes the bundle's file as a whole, or not at all. */
  write(): Promise<PackageResult>;
}

/**
 * Builds a bundle from a folder, reads it back and checks it.
 *
 * @param folder holds manifest.json, static/ and a folder or archive per function
 * @param output the bundle's file, replaced if it is a regular file; by default `{app_id}_{version}.zip` here
 * @param now milliseconds since the epoch: runtimes end on certain days
 * @param signal interrupts the check
 * @throws AppsctlError INVALID_BUNDLE when the bundle would not be valid, with all findings; USAGE when no file can
 *   have that name; OUTPUT when it cannot be written; INTERRUPTED
 */
export async function preparePackage(
  folder: string,
  output: string | undefined,
  now: number,
  signal?: AbortSignal,
): Promise<PreparedPackage> {
  if (output !== undefined) await findOutput(output);
  const fileOf = ({ app_id: id, version }: Manifest): string => output ?? `${id}_${version}.zip`;
  const { bytes, findings: leftOut } = await packageFolder(
    folder,
    async (manifest) => manifest && (await findOutput(fileOf(manifest))).path,
  );
  const bundle = await readBundle(folder, new MemorySource(bytes));
  const findings = await validate(bundle, now, signal);
  findings.add(leftOut.all);
  if (findings.errors.length > 0) throw invalidBundle(folder, findings);
  const file = fileOf(bundle.manifest);
  return {
    async write() {
      await writeWhole(file, await findOutput(file), bytes);
      return { file, bytes: bytes.length, findings: findings.all };
    },
  };
}

/** Where a file is written. */
interface Output {
  /** Links are followed. */
  readonly path: string;
  /** The permissions of the file that is replaced. */
  readonly mode: number | undefined;
}

/** @throws AppsctlError USAGE for anything but a regular file: a device or a pipe must not be replaced */
async function findOutput(file: string): Promise<Output> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw cannotWrite('USAGE', file, 'it is a folder');
    if (!found.isFile()) throw cannotWrite('USAGE', file, 'it is not a regular file');
    await access(file, constants.W_OK);
    return { path: await realpath(file), mode: found.mode & 0o777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explainFailure(file, error);
  }
  try {
    // There may be a link to a file that does not exist yet.
    const path = resolve(dirname(file), await readlink(file).catch(() => basename(file)));
    return { path: join(await realpath(dirname(path)), basename(path)), mode: undefined };
  } catch (error) {
    throw explainFailure(file, error);
  }
}

/** Why no file can have such a name, by error code. */
const WRONG_NAMES: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
};
const FAILURES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'its file system is read-only',
  ENOSPC: 'no space is left',
};
const HINTS: Readonly<Record<string, string>> = { ENOSPC: 'free some space, or name another file with -o' };

/** Writes beside the file and renames, so that nobody ever reads half of it. */
async function writeWhole(file: string, { path, mode }: Output, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, bytes, { flag: 'wx' });
    if (mode !== undefined) await chmod(draft, mode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw explainFailure(file, error);
  }
}

function explainFailure(file: string, error: unknown): unknown {
  if (AppsctlError.is(error)) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const wrongName = WRONG_NAMES[code];
  const reason = wrongName ?? FAILURES[code] ?? message;
  return cannotWrite(wrongName === undefined ? 'OUTPUT' : 'USAGE', file, reason, HINTS[code], error);
}

function cannotWrite(
  code: ErrorCode,
  file: string,
  reason: string,
  hint = 'name another file with -o',
  cause?: unknown,
): AppsctlError {
  return new AppsctlError(code, `cannot write ${file}: ${reason}`, { hint, cause });
}
