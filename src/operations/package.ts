import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { MemorySource } from '../bundle/byte-source.js';
import { readBundle } from '../bundle/open-bundle.js';
import { packageFolder } from '../bundle/package-folder.js';
import { invalidBundle } from '../core/app-bundle/invalid-bundle.js';
import { AppsctlError } from '../core/errors.js';
import type { Finding } from '../core/findings.js';
import { validate } from './validate.js';

/** A bundle that was written. */
export interface PackageResult {
  readonly file: string;
  readonly bytes: number;
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}

/**
 * Builds a bundle from a folder and writes it, once it has been read back and found sound.
 *
 * @param folder holds manifest.json, static/ and a folder or archive per function
 * @param output the bundle's file, replaced if it exists; by default `{app_id}_{version}.zip` here
 * @param now milliseconds since the epoch: runtimes end on certain days
 * @throws AppsctlError INVALID_BUNDLE when the bundle would not be sound, with all findings, USAGE when no file can
 *   have that name, OUTPUT when it cannot be written; nothing is written then
 */
export async function packageApp(
  folder: string,
  output: string | undefined,
  now: number,
): Promise<PackageResult> {
  const { bytes, findings: leftOut } = await packageFolder(folder);
  const bundle = await readBundle(folder, new MemorySource(bytes));
  const findings = await validate(bundle, now);
  findings.add(leftOut.all);
  if (findings.errors.length > 0) throw invalidBundle(folder, findings);
  const { app_id: id, version } = bundle.manifest;
  const file = output ?? `${id}_${version}.zip`;
  await writeWhole(file, bytes);
  return { file, bytes: bytes.length, findings: findings.all };
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
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, bytes, { flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code = '', message } = error as NodeJS.ErrnoException;
    const wrongName = WRONG_NAMES[code];
    throw new AppsctlError(
      wrongName === undefined ? 'OUTPUT' : 'USAGE',
      `cannot write ${file}: ${wrongName ?? FAILURES[code] ?? message}`,
      { hint: HINTS[code] ?? 'name another file with -o', cause: error },
    );
  }
}
