import { posix } from 'node:path';
import { AppsctlError } from '../diagnostics/error.js';
import { Findings } from '../diagnostics/findings.js';
import { JAVASCRIPT_EXTENSIONS, removeExtension, TYPESCRIPT_EXTENSIONS } from './entry-point.js';

/** A function whose code may have to be bundled. */
export interface BundlingRequest {
  /** The name of the function in the manifest. */
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  /** What the settings say; undefined if they do not say it. */
  readonly bundle: boolean | undefined;
  /** The files of the archive without bundling: by path in the archive, the path of the source. */
  readonly files: ReadonlyMap<string, string>;
}

/** What is bundled. */
export interface BundlingPlan {
  /** The path in the archive of the file that the bundled code replaces; a key of the files. */
  readonly entry: string;
  /** The path of the handler in the archive, without extension. */
  readonly handlerPath: string;
}

/**
 * Decides whether the code of a function is bundled: if the settings say so, or if the file of its handler exists only in
 * TypeScript. That includes runtimes that run TypeScript themselves, because they do not accept all of it: no enums, and no
 * imports without extensions.
 * Source: https://nodejs.org/api/typescript.html#type-stripping
 *
 * @returns what is bundled; undefined if the code is packaged as it is
 * @throws AppsctlError INVALID_BUNDLE if the code is to be bundled and cannot be
 */
export function planBundling({
  name,
  handler,
  runtime,
  bundle,
  files,
}: BundlingRequest): BundlingPlan | undefined {
  if (bundle === false) return undefined;
  const setting = `functions.${name}.bundle`;
  if (nodeVersion(runtime) === undefined) {
    if (bundle === undefined) return undefined;
    const message = `function ${name} cannot be bundled: its runtime is ${runtime}`;
    throw bundlingRefused(setting, message, 'set bundle only for functions that run on Node.js');
  }
  const handlerPath = removeExtension(handler);
  // A handler in another format is an error that the validation reports.
  if (handlerPath === undefined) return undefined;
  const find = (extensions: readonly string[]): string | undefined =>
    extensions.map((extension) => `${handlerPath}${extension}`).find((file) => files.has(file));
  const typescript = find(TYPESCRIPT_EXTENSIONS);
  const javascript = find(JAVASCRIPT_EXTENSIONS);
  const entry = typescript ?? javascript;
  if (bundle === undefined) {
    const isTypeScript = javascript === undefined || isTypeScriptFile(files.get(javascript) ?? '');
    return entry !== undefined && isTypeScript ? { entry, handlerPath } : undefined;
  }
  if (entry !== undefined) return { entry, handlerPath };
  const message = `function ${name} cannot be bundled: it has no ${handlerPath}.ts or ${handlerPath}.js, which its handler ${handler} names`;
  throw bundlingRefused(setting, message, 'add the file, or correct the handler');
}

/** The error for code that cannot be bundled, before esbuild runs. Its message names the function. */
export function bundlingRefused(location: string, message: string, fix: string): AppsctlError {
  const findings = new Findings();
  findings.error('package/bundling', location, message, fix);
  return new AppsctlError('INVALID_BUNDLE', message, { hint: fix, findings: findings.all });
}

/**
 * Selects the files that are packaged with the bundled code. It replaces what comes from the same source as the entry;
 * what the settings place in the archive from other sources is kept.
 *
 * @param files paths in the archive
 * @param places the places in the archive to which the settings map a source; `.` is its root
 */
export function filesBesides(
  entry: string,
  files: Iterable<string>,
  places: Iterable<string> = ['.'],
): string[] {
  const sorted = [...places].sort((a, b) => b.length - a.length);
  const placeOf = (file: string): string | undefined =>
    sorted.find((place) => place === '.' || file === place || file.startsWith(`${place}/`));
  const replaced = placeOf(entry);
  return [...files].filter((file) => file !== entry && placeOf(file) !== replaced);
}

/** Extensions of code and its maps. Declarations of TypeScript end with `.ts`. */
const CODE = /\.(?:[cm]?[jt]sx?|map)$/;
/** Files that only tools read. */
const TOOL_FILES = /(?:^|\/)(?:package(?:-lock)?\.json|[jt]sconfig[^/]*\.json|pnpm-lock\.yaml|yarn\.lock)$/;

/**
 * Whether code that is bundled may read a file when it runs, such as a template: the file is neither code nor of a package.
 *
 * @param path in the archive without bundling
 */
export function mayBeData(path: string): boolean {
  return !CODE.test(path) && !TOOL_FILES.test(path) && !/(?:^|\/)node_modules\//.test(path);
}

/** How modules are loaded: with `require`, or with `import`. */
export type ModuleFormat = 'cjs' | 'esm';

/**
 * The format of bundled code, by the rules of Node.js for its entry.
 *
 * @param packageType the field `type` of the nearest package.json
 */
export function moduleFormat(entryFile: string, packageType: unknown): ModuleFormat {
  const [kind] = /[mc]?(?=[jt]s$)/.exec(posix.extname(entryFile).slice(1)) ?? [];
  if (kind === 'm') return 'esm';
  if (kind === 'c') return 'cjs';
  return packageType === 'module' ? 'esm' : 'cjs';
}

/** The file name of bundled code: AWS Lambda looks for both. */
export function bundledFileName(path: string, format: ModuleFormat): string {
  return `${path}${format === 'esm' ? '.mjs' : '.js'}`;
}

/**
 * CommonJS code that is bundled into an ES module uses what only CommonJS modules have. Their names are replaced where the code
 * does not declare them itself.
 */
const ESM_BANNER =
  "import { createRequire as __bundledCreateRequire } from 'module';" +
  "import { fileURLToPath as __bundledToPath } from 'url';" +
  'const require = __bundledCreateRequire(import.meta.url);' +
  'const __bundledFilename = __bundledToPath(import.meta.url);' +
  "const __bundledDirname = __bundledToPath(new URL('.', import.meta.url)).replace(/(.)[\\\\/]$/, '$1');";
const ESM_NAMES = { __filename: '__bundledFilename', __dirname: '__bundledDirname' };

/**
 * The options of esbuild for a function.
 *
 * @param runtime a Node.js runtime
 * @param sourceMap whether to write a source map
 */
export function esbuildOptions(
  runtime: string,
  format: ModuleFormat,
  sourceMap: boolean,
): Record<string, unknown> {
  return {
    bundle: true,
    platform: 'node',
    target: `node${nodeVersion(runtime)}`,
    format,
    external: runtimePackages(runtime),
    minify: false,
    charset: 'utf8',
    legalComments: 'eof',
    sourcemap: sourceMap ? 'linked' : false,
    ...(format === 'esm' && { banner: { js: ESM_BANNER }, define: ESM_NAMES }),
    write: false,
    allowOverwrite: true,
    logLevel: 'silent',
    logLimit: 0,
  };
}

/**
 * The AWS SDK that a runtime contains, which includes the packages of its parts.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included
 */
function runtimePackages(runtime: string): string[] {
  return (nodeVersion(runtime) ?? 0) >= SDK_V3_SINCE ? ['@aws-sdk/*', '@smithy/*'] : ['aws-sdk'];
}

const SDK_V3_SINCE = 18;

/** The major version of Node.js in a runtime; undefined for other runtimes. */
function nodeVersion(runtime: string): number | undefined {
  const [, version] = /^nodejs(\d+)/.exec(runtime) ?? [];
  return version === undefined ? undefined : Number(version);
}

function isTypeScriptFile(file: string): boolean {
  return TYPESCRIPT_EXTENSIONS.includes(posix.extname(file));
}
