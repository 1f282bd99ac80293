import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, resolve } from 'node:path';
import {
  bundledFileName,
  bundlingRefused,
  esbuildOptions,
  moduleFormat,
} from '../core/bundle/code-bundling.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { Findings } from '../core/diagnostics/findings.js';
import { type AppPaths, ancestors, foldersUp, isInside, relativePath } from './app-paths.js';
import { type EsbuildMessage, type EsbuildOutcome, runEsbuild } from './esbuild-process.js';
import { readPackageJsonFields } from './package-json-fields.js';
import { packagingError } from './packaging-error.js';

/** A function whose code is bundled. */
export interface CodeToBundle {
  /** The name of the function in the manifest. */
  readonly name: string;
  readonly app: AppPaths;
  /** The file of the handler: its path relative to the app's folder, with slashes and without links. */
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

/** Bundled code. */
export interface BundledCode {
  /** The files of the archive by path: the bundled code and its source map. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The real paths of the files that it was made of. */
  readonly inputs: readonly string[];
}

/**
 * Bundles the code of a function into one file, with the esbuild that the app has installed. The same content of the app's
 * folder and workspace gives the same bytes on every machine, wherever it is; another version of esbuild may give others.
 *
 * @throws AppsctlError INVALID_BUNDLE if esbuild is not installed or reports errors, or if the code needs something outside
 *   the workspace; INTERRUPTED once the signal is aborted
 */
export async function bundleCode(code: CodeToBundle): Promise<BundledCode> {
  const { name, app, entry, handlerPath, runtime, env = process.env, signal } = code;
  const folder = app.realPath;
  const module = resolveEsbuild(code);
  const folders = [...foldersUp(dirname(join(folder, entry)), app)];
  const packageJson = nearestPackageJson(folders, app);
  if (packageJson === undefined) refuseForeignPackageJson(code);
  const format = moduleFormat(entry, packageJson?.get('type'));
  const file = bundledFileName(handlerPath, format);
  // The source map has the paths of the sources relative to the bundled code, which is never written there.
  const target = posix.join(posix.dirname(entry), posix.basename(file));
  const options = {
    ...esbuildOptions(runtime, format, code.isExcluded?.(`${file}.map`) !== true),
    ...compilerOptions(folders),
    entryPoints: [`./${entry}`],
    outfile: target,
    absWorkingDir: folder,
    metafile: true,
  };
  const outcome = await runEsbuild({ module, options, folder, env, signal });
  if (outcome.failure !== '') throw bundlingError(code, outcome);
  const inputs = outcome.inputs.map((path) => resolve(folder, path.replace(/^\(disabled\):/, '')));
  const outside = inputs.filter((path) => !isInside(path, app.workspaceRoot)).sort()[0];
  if (outside !== undefined) {
    const message = `is outside the folder of the app, and the code of function ${name} imports it`;
    const fix = 'install the package into the folder, or correct the import';
    throw packagingError(app, 'package/bundling', relativePath(folder, outside), message, fix);
  }
  for (const warning of outcome.warnings)
    code.findings.warning('package/bundling', position(warning) ?? entry, warning.text);
  const files = outcome.files.map(({ path, contents }) => {
    const fromTarget = relativePath(join(folder, dirname(target)), path);
    return [posix.join(posix.dirname(handlerPath), fromTarget), contents] as const;
  });
  return { files: new Map(files), inputs };
}

/** Finds esbuild as the file of the handler would, but not outside the workspace. */
function resolveEsbuild({ name, app, entry }: CodeToBundle): string {
  const file = join(app.realPath, entry);
  const require = createRequire(file);
  for (const folder of foldersUp(dirname(file), app)) {
    for (const candidate of ESBUILD_PACKAGES) {
      try {
        return require.resolve(join(folder, 'node_modules', candidate));
      } catch {
        // Another one may be installed.
      }
    }
  }
  const message = `cannot bundle ${entry} of function ${name}: the app has not installed esbuild`;
  throw bundlingRefused(entry, message, 'run npm install --save-dev esbuild');
}

/** The nearest package.json, which says what the format of a file is. One that is not valid is reported by esbuild. */
function nearestPackageJson(
  folders: readonly string[],
  app: AppPaths,
): ReadonlyMap<string, unknown> | undefined {
  for (const folder of folders) {
    const fields = readPackageJsonFields(folder, app);
    if (fields !== undefined) return fields;
  }
  return undefined;
}

/** The fields of a package.json that decide how esbuild bundles the files below it. */
const BUNDLING_FIELDS = ['type', 'sideEffects', 'imports'];

/**
 * Without a package.json in the workspace, esbuild obeys the nearest one above, and no option prevents that.
 *
 * @throws AppsctlError INVALID_BUNDLE if it would change the bundled code
 */
function refuseForeignPackageJson({ name, app, entry }: CodeToBundle): void {
  for (const above of ancestors(dirname(app.workspaceRoot))) {
    const fields = readPackageJsonFields(above, app);
    if (fields === undefined) continue;
    const field = BUNDLING_FIELDS.find((key) => fields.has(key));
    if (field === undefined) return;
    const message = `cannot be bundled for function ${name}: its folders have no package.json, and ${JSON.stringify(field)} in ${join(above, 'package.json')} would change the result`;
    throw packagingError(
      app,
      'package/bundling',
      entry,
      message,
      'add a package.json to the folder of the app',
    );
  }
}

/** The options with which TypeScript is compiled. esbuild would look for them in all folders above. */
function compilerOptions(folders: readonly string[]): Record<string, unknown> {
  for (const folder of folders) {
    for (const name of ['tsconfig.json', 'jsconfig.json']) {
      const file = join(folder, name);
      if (statSync(file, { throwIfNoEntry: false })?.isFile()) return { tsconfig: file };
    }
  }
  return { tsconfigRaw: '{}' };
}

function bundlingError({ name, entry }: CodeToBundle, { errors, failure }: EsbuildOutcome): AppsctlError {
  const isMissingPackage = errors.some(({ text }) => text.startsWith('Could not resolve'));
  const fix = bundlingFix(errors.length, isMissingPackage);
  const findings = new Findings();
  for (const message of errors)
    findings.error('package/bundling', position(message) ?? entry, message.text, fix);
  if (errors.length === 0) findings.error('package/bundling', entry, `esbuild failed: ${failure}`, fix);
  const [first] = findings.all;
  const only =
    errors.length === 0 ? first?.message : [position(errors[0]), first?.message].filter(Boolean).join(': ');
  const problem = errors.length > 1 ? `esbuild reports ${errors.length} errors` : only;
  return new AppsctlError('INVALID_BUNDLE', `cannot bundle function ${name}: ${problem}`, {
    findings: findings.all,
    ...(errors.length <= 1 && { hint: fix }),
  });
}

function bundlingFix(errors: number, isMissingPackage: boolean): string {
  if (errors === 0) return 'install the packages of the app again, such as with npm ci';
  return isMissingPackage
    ? 'install the packages that the code imports, or correct the imports'
    : 'correct the code';
}

/** Such as `src/index.ts:3:5`. */
function position(message: EsbuildMessage | undefined): string | undefined {
  const location = message?.location ?? undefined;
  return location && `${location.file}:${location.line}:${location.column + 1}`;
}
