import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { bundledFileName, esbuildOptions, moduleFormat } from '../core/bundle/code-bundling.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Findings } from '../core/diagnostics/findings.js';
import { fileErrorCode } from '../core/diagnostics/fs-error.js';
import { type EsbuildMessage, type EsbuildOutcome, runEsbuild } from './esbuild-process.js';

/** A function whose code is bundled. */
export interface CodeToBundle {
  /** The name of the function in the manifest. */
  readonly name: string;
  /** The real path of the app's folder. */
  readonly folder: string;
  /** The file of the handler: its path relative to the folder, with slashes and without links. */
  readonly entry: string;
  /** The path of the handler in the archive, without extension. */
  readonly handlerPath: string;
  /** A Node.js runtime. */
  readonly runtime: string;
  /** Whether the archive does not contain the file with this path. */
  readonly isExcluded?: ((path: string) => boolean) | undefined;
  /** Collects the warnings of esbuild. */
  readonly findings: Findings;
  /**
   * The environment of esbuild.
   *
   * @default that of this process
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Stops esbuild. */
  readonly signal?: AbortSignal | undefined;
}

const ESBUILD_PACKAGES = ['esbuild', 'esbuild-wasm'];

/**
 * Bundles the code of a function into one file, with the esbuild that the app has installed. The same folder gives the same
 * bytes on every machine, wherever it is; another version of esbuild may give others.
 *
 * @returns the files of the archive by path: the bundled code and its source map
 * @throws AppsctlError INVALID_BUNDLE if esbuild is not installed or reports errors, with one item for each if there are
 *   several; INTERRUPTED once the signal is aborted
 */
export async function bundleCode(code: CodeToBundle): Promise<Map<string, Uint8Array>> {
  const { name, folder, entry, handlerPath, runtime, env = process.env, signal } = code;
  const module = resolveEsbuild(code);
  const format = moduleFormat(entry, await nearestPackageType(folder, dirname(entry)));
  const file = bundledFileName(handlerPath, format);
  // The source map has the paths of the sources relative to the bundled code, which is never written there.
  const target = posix.join(posix.dirname(entry), posix.basename(file));
  const options = {
    ...esbuildOptions(runtime, format, code.isExcluded?.(`${file}.map`) !== true),
    entryPoints: [`./${entry}`],
    outfile: target,
    absWorkingDir: folder,
  };
  const outcome = await runEsbuild({ module, options, folder, env, signal });
  if (outcome.failure !== '') throw bundlingError(name, outcome);
  for (const warning of outcome.warnings)
    code.findings.warning('package/bundling', position(warning) ?? entry, warning.text);
  return new Map(
    outcome.files.map(({ path, contents }) => {
      const fromTarget = relative(join(folder, dirname(target)), path)
        .split(sep)
        .join('/');
      return [posix.join(posix.dirname(handlerPath), fromTarget), contents];
    }),
  );
}

/** Finds esbuild as the file of the handler would. */
function resolveEsbuild({ name, folder, entry }: CodeToBundle): string {
  const require = createRequire(join(folder, entry));
  for (const candidate of ESBUILD_PACKAGES) {
    try {
      return require.resolve(candidate);
    } catch {
      // The next one may be installed.
    }
  }
  const message = `cannot bundle ${entry} of function ${name}: the app has not installed esbuild`;
  throw new AppsctlError('INVALID_BUNDLE', message, { hint: 'run npm install --save-dev esbuild' });
}

/** The field `type` of the nearest package.json, by which Node.js knows the format of a file. */
async function nearestPackageType(folder: string, below: string): Promise<unknown> {
  for (let path = join(folder, below); ; path = dirname(path)) {
    try {
      const content: unknown = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
      return typeof content === 'object' && content !== null && 'type' in content ? content.type : undefined;
    } catch (error) {
      // One that is not valid is reported by esbuild.
      const isMissing = ['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error));
      if (!isMissing || path === dirname(path)) return undefined;
    }
  }
}

function bundlingError(name: string, { errors, failure }: EsbuildOutcome): AppsctlError {
  const items = errors.map((message) => [position(message), message.text].filter(Boolean).join(': '));
  const problem =
    items.length > 1 ? `esbuild reports ${items.length} errors` : (items[0] ?? `esbuild failed: ${failure}`);
  const isMissingPackage = errors.some(({ text }) => text.startsWith('Could not resolve'));
  return new AppsctlError('INVALID_BUNDLE', `cannot bundle function ${name}: ${problem}`, {
    ...(items.length > 1 && { items }),
    hint: bundlingHint(errors.length, isMissingPackage),
  });
}

function bundlingHint(errors: number, isMissingPackage: boolean): string {
  if (errors === 0) return 'install the packages of the app again, such as with npm ci';
  return isMissingPackage
    ? 'install the packages that the code imports, or correct the imports'
    : 'correct the code';
}

/** Such as `src/index.ts:3:5`. */
function position({ location }: EsbuildMessage): string | undefined {
  return location === null ? undefined : `${location.file}:${location.line}:${location.column + 1}`;
}
