import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isInside } from '../bundle/app-paths.js';
import { requireValid } from '../bundle/open-bundle.js';
import { measureArchive } from '../bundle/packaging/measure-archive.js';
import type { PackagedFunction } from '../bundle/packaging/package-function.js';
import { AppsctlError, type ErrorCode } from '../core/diagnostics/error.js';
import type { Finding } from '../core/diagnostics/findings.js';
import { fileErrorCode, fileProblem, isInvalidPath } from '../core/diagnostics/fs-error.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import type { Hint } from '../core/diagnostics/vocabulary.js';
import type { Manifest } from '../core/manifest/manifest.js';
import type { AppSettings } from '../core/settings/app-settings.js';
import { type BuildOptions, buildBundle, runBuildCommand } from './build-bundle.js';
import { type ValidateOptions, validate } from './validate.js';

/** A bundle that was written. */
export interface PackageResult {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file in hex. */
  readonly sha256: string;
  /** In the order of the manifest. */
  readonly functions: readonly PackagedFunction[];
  /** What was left out, relative to the folder of the app; a folder ends with a slash. */
  readonly leftOut: readonly string[];
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}

/** Options of {@link preparePackage}. */
export interface PreparePackageOptions extends ValidateOptions, Omit<BuildOptions, 'settings'> {
  readonly settings: AppSettings;
}

/** A bundle that was built and is valid, but has not been written. */
export interface PreparedPackage {
  /** Writes the bundle's file, completely or not at all. */
  write(): Promise<PackageResult>;
}

/**
 * Runs the build command of an app, builds a bundle from its folder, and validates it.
 *
 * @param folder the folder of the app
 * @param output the file to write, replaced if it is a regular file; by default `{app_id}_{version}.zip` in the current
 *   folder
 * @param now milliseconds since the epoch, to know which runtimes have ended
 * @throws AppsctlError INVALID_BUNDLE with all findings, when the bundle is not valid; BUILD_FAILED; USAGE when no file
 *   can have the name of the output; OUTPUT when it cannot be written; INTERRUPTED once the signal is aborted
 */
export async function preparePackage(
  folder: string,
  output: string | undefined,
  now: number,
  options: PreparePackageOptions,
): Promise<PreparedPackage> {
  if (output !== undefined) await checkOutput(folder, output);
  const toFile = ({ app_id: id, version }: Manifest): string => output ?? `${id}_${version}.zip`;
  const build = { ...options, settings: options.settings.package };
  await runBuildCommand(folder, build);
  const { bundle: built, packaged } = await buildBundle(folder, build, async (manifest) => {
    const file = output ?? (manifest && toFile(manifest));
    return file && (await findOutput(file)).path;
  });
  const findings = await validate(built, now, options);
  if (findings.hasErrors) throw invalidBundle(folder, findings);
  const bundle = requireValid(built);
  const { bundle: content, leftOut } = packaged;
  const functions: PackagedFunction[] = [];
  for (const item of bundle.functions) {
    const result = packaged.functions.find(({ name }) => name === item.name);
    functions.push(result ?? (await measureArchive(bundle, item)));
  }
  const file = toFile(bundle.manifest);
  return {
    async write() {
      await writeAtomically(file, await findOutput(file), content.chunks);
      const sha256 = content.chunks
        .reduce((hash, chunk) => hash.update(chunk), createHash('sha256'))
        .digest('hex');
      return { file, bytes: content.size, sha256, functions, leftOut, findings: findings.all };
    },
  };
}

/** The file to write. */
interface Output {
  /** The path without links. */
  readonly path: string;
  /** The permissions of the file that is replaced. */
  readonly mode: number | undefined;
}

/** @throws AppsctlError USAGE when no bundle can be written to the file, and when it is a part of the app */
async function checkOutput(folder: string, output: string): Promise<void> {
  const { path, mode } = await findOutput(output);
  if (mode === undefined || path.toLowerCase().endsWith('.zip')) return;
  const app = await realpath(folder).catch(() => undefined);
  if (app !== undefined && isInside(path, app))
    throw writeError('USAGE', output, 'it is a file of the app, and not a .zip file');
}

/** @throws AppsctlError USAGE unless it is a regular file or does not exist: devices and pipes must not be replaced */
async function findOutput(file: string): Promise<Output> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw writeError('USAGE', file, 'it is a folder');
    if (!found.isFile()) throw writeError('USAGE', file, 'it is not a regular file');
    await access(file, constants.W_OK);
    return { path: await realpath(file), mode: found.mode & 0o777 };
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT') throw toWriteError(file, error);
  }
  try {
    // It may be a link to a file that does not exist yet.
    const path = resolve(dirname(file), await readlink(file).catch(() => basename(file)));
    return { path: join(await realpath(dirname(path)), basename(path)), mode: undefined };
  } catch (error) {
    throw toWriteError(file, error);
  }
}

/** Writes a temporary file and renames it, so that no one reads an incomplete bundle. */
async function writeAtomically(
  file: string,
  { path, mode }: Output,
  chunks: readonly Uint8Array[],
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, chunks, { flag: 'wx' });
    if (mode !== undefined) await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toWriteError(file, error);
  }
}

function toWriteError(file: string, error: unknown): unknown {
  if (AppsctlError.is(error)) return error;
  const code = fileErrorCode(error);
  const problem = fileProblem(error, { ENOENT: 'its folder does not exist' });
  const hint: Hint | undefined =
    code === 'ENOSPC'
      ? ({ output }) => `free some space, or write to another file with ${output}`
      : undefined;
  return writeError(isInvalidPath(error) ? 'USAGE' : 'OUTPUT', file, problem, hint, error);
}

function writeError(
  code: ErrorCode,
  file: string,
  problem: string,
  hint: Hint = ({ output }) => `write to another file with ${output}`,
  cause?: unknown,
): AppsctlError {
  return new AppsctlError(code, `cannot write ${file}: ${problem}`, { hint, cause });
}
