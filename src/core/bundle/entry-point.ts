import { posix } from 'node:path';
import type { Findings } from '../diagnostics/findings.js';
import type { BundleFunction } from './bundle.js';
import type { ArchiveFile } from './function-archive.js';

const OTHERS_READ = 0o004;
const OTHERS_EXECUTE = 0o001;

/** Whether AWS Lambda can read a file: it runs functions as a user who does not own their files. */
export function isReadable({ mode }: ArchiveFile): boolean {
  return !hasMode(mode) || (mode & OTHERS_READ) !== 0;
}

/**
 * Checks that a function's archive contains the file that its handler names, or that its runtime starts.
 *
 * @param files the files in its archive, without folders
 * @param findings collects errors; the location is the archive, or the handler in the manifest
 */
export function checkEntryPoint(
  item: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): void {
  const { location, name, runtime, handler } = item;
  const [, family = '', version = ''] = /^([a-z]+)(\d*)/.exec(runtime) ?? [];
  if (family === 'provided') {
    checkExecutable('bootstrap', `which runtime ${runtime} starts`, item, files, findings);
  } else if (handler === '') {
    // That it is missing is already an error.
    return;
  } else if (family === 'go') {
    checkExecutable(handler, 'which the handler names', item, files, findings);
  } else if (family === 'java') {
    checkJavaClass(item, files, findings);
  } else {
    const rule = SOURCE_FILES[family];
    if (rule === undefined) return;
    const modulePath = rule.split(handler);
    if (modulePath === undefined) {
      const message = `function ${name} has the handler ${JSON.stringify(handler)}, which does not name a file and a function`;
      findings.error('function/handler', `${location}.handler`, message, `write it as ${rule.example}`);
      return;
    }
    checkSourceFile(item, rule.patterns(modulePath, Number(version)), files, findings);
  }
}

/** How a runtime finds a handler. */
interface SourceRule {
  readonly example: string;
  /** The path of the handler, without its function; undefined when the handler has another format. */
  split(handler: string): string | undefined;
  /** The files that may contain it, the usual one first. `*` matches a part of a file name. */
  patterns(path: string, version: number): string[];
}

/** The extensions that Node.js runtimes try for the file of a handler, in their order. */
export const JAVASCRIPT_EXTENSIONS = ['.js', '.mjs', '.cjs'];
export const TYPESCRIPT_EXTENSIONS = ['.ts', '.mts', '.cts'];
const TYPESCRIPT_SINCE = 24;

/**
 * Each runtime parses the handler in its own way. Sources: UserFunction.js of aws-lambda-nodejs-runtime-interface-client,
 * bootstrap.py of aws-lambda-python-runtime-interface-client, lambda_handler.rb of aws-lambda-ruby-runtime-interface-client.
 */
const SOURCE_FILES: Readonly<Record<string, SourceRule>> = {
  nodejs: {
    example: 'file.function, such as index.handler',
    split: removeExtension,
    patterns: (path, version) => {
      const extensions = [...JAVASCRIPT_EXTENSIONS, ''];
      if (version >= TYPESCRIPT_SINCE) extensions.push(...TYPESCRIPT_EXTENSIONS);
      const files = extensions.map((extension) => `${path}${extension}`);
      // The path may also be that of a folder or a package, as in require().
      const folders = [`${path}/index.js`, `${path}/package.json`];
      return [...files, ...folders, ...[...files, ...folders].map((file) => `node_modules/${file}`)];
    },
  },
  python: {
    example: 'module.function, such as app.handler',
    split: (handler) => {
      const dot = handler.lastIndexOf('.');
      return dot <= 0 || handler.includes('..') ? undefined : handler.slice(0, dot);
    },
    patterns: (path) => {
      const base = path.replace(/^\.\//, '').replaceAll('.', '/');
      return [`${base}.py`, `${base}/__init__.py`, `${base}.pyc`, `${base}.so`, `${base}.*.so`];
    },
  },
  ruby: {
    example: 'file.function, such as app.handler',
    split: removeExtension,
    patterns: (path) => [`${path}.rb`],
  },
};

/** `folder/base` of `folder/base.any.thing`: removes what follows the first dot of the last segment. */
export function removeExtension(handler: string): string | undefined {
  if (handler.includes('..')) return undefined;
  const base = handler.slice(handler.lastIndexOf('/') + 1);
  const dot = base.indexOf('.');
  if (dot <= 0) return undefined;
  return posix.normalize(handler.slice(0, handler.length - base.length + dot));
}

function checkSourceFile(
  { archive, handler }: BundleFunction,
  patterns: readonly string[],
  files: readonly ArchiveFile[],
  findings: Findings,
): void {
  const exact = new Set(patterns);
  const wild = patterns.filter((pattern) => pattern.includes('*'));
  const found = files.find(
    ({ name }) => exact.has(name) || wild.some((pattern) => matchesPattern(name, pattern)),
  );
  if (found === undefined) {
    const message = `has no ${patterns[0]}, where the runtime looks for the handler ${handler}`;
    findings.error(
      'function/entry-point',
      archive.name,
      message,
      suggestHandler(handler, patterns, files) ?? suggestLocation(patterns, files, HANDLER_FIX),
    );
  } else if (!isReadable(found)) {
    const message = `has ${found.name}, which AWS Lambda is not allowed to read`;
    const fix = `make it readable by all users: chmod a+r ${found.name}`;
    findings.error('function/not-readable', archive.name, message, fix);
  }
}

function matchesPattern(name: string, pattern: string): boolean {
  const [start = '', end = ''] = pattern.split('*');
  const middle = name.slice(start.length, -end.length);
  return name.startsWith(start) && name.endsWith(end) && middle !== '' && !middle.includes('/');
}

function checkExecutable(
  name: string,
  reason: string,
  { archive, runtime }: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): void {
  const file = files.find((candidate) => candidate.name === name);
  if (file === undefined) {
    const message = `does not have ${name} at its root, ${reason}`;
    const fix = runtime.startsWith('provided') ? `add it, or rename the program to ${name}` : HANDLER_FIX;
    findings.error('function/entry-point', archive.name, message, suggestLocation([name], files, fix));
  } else if (!hasMode(file.mode) || (file.mode & OTHERS_EXECUTE) === 0) {
    const message = `has ${name}, which is not executable`;
    const fix = `run chmod 755 ${name}, and zip it on Linux or macOS`;
    findings.error('function/not-executable', archive.name, message, fix);
  }
}

function checkJavaClass(
  { handler, archive }: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): void {
  const [className = ''] = handler.split('::');
  const file = `${className.replaceAll('.', '/')}.class`;
  if (files.some(({ name }) => name === file)) return;
  if (files.some(({ name }) => /^lib\/[^/]+\.jar$/.test(name))) {
    const message = `may have the class ${className} in a .jar file below lib/, which is not checked`;
    findings.note('function/entry-point', archive.name, message);
  } else {
    const message = `has no ${file}, which the handler ${handler} names`;
    const isSpringBoot = files.some(({ name }) => name === `BOOT-INF/classes/${file}`);
    const fix = isSpringBoot ? SPRING_BOOT_FIX : suggestLocation([file], files, HANDLER_FIX);
    findings.error('function/entry-point', archive.name, message, fix);
  }
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/java-package.html */
const SPRING_BOOT_FIX =
  'build the jar with the maven-shade-plugin instead of the spring-boot-maven-plugin: AWS Lambda does not load classes from BOOT-INF/';

const HANDLER_FIX = 'add it, or correct the handler';

/** How to fix a handler with a folder that the archive does not have, because its content is at the root. */
function suggestHandler(
  handler: string,
  patterns: readonly string[],
  files: readonly ArchiveFile[],
): string | undefined {
  for (const pattern of patterns.filter((name) => !name.includes('*') && !name.startsWith('node_modules/'))) {
    const folders = pattern.slice(0, pattern.lastIndexOf('/') + 1);
    const base = pattern.slice(folders.length);
    const written = handler.slice(0, folders.length);
    // Python separates folders with dots, too.
    const isModule = base.endsWith('.py') && base !== '__init__.py';
    const isWritten = (isModule ? written.replaceAll('.', '/') : written) === folders;
    if (folders === '' || !isWritten || !files.some(({ name }) => name === base)) continue;
    return `${base} is at the root of the archive: write ${handler.slice(folders.length)}`;
  }
  return undefined;
}

/** How to fix a missing file: archives often contain the folder of the code instead of its contents. */
function suggestLocation(wanted: readonly string[], files: readonly ArchiveFile[], fallback: string): string {
  const exact = wanted.filter((pattern) => !pattern.includes('*'));
  const nested = files.find(
    ({ name }) => !/(?:^|\/)node_modules\//.test(name) && exact.some((file) => name.endsWith(`/${file}`)),
  );
  return nested === undefined
    ? fallback
    : `found at ${nested.name}: zip the contents of the folder, not the folder itself`;
}

function hasMode(mode: number | undefined): mode is number {
  return mode !== undefined && mode !== 0;
}
