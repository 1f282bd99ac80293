import { posix } from 'node:path';
import type { Findings } from '../diagnostics/findings.js';
import type { BundleFunction } from './bundle.js';
import type { ArchiveFile } from './function-archive.js';

const OTHERS_READ = 0o004;
const OTHERS_EXECUTE = 0o001;

/** Whether AWS Lambda, which runs a function as another user than the one who owns its files, may read a file. */
export function isReadable({ mode }: ArchiveFile): boolean {
  return !hasMode(mode) || (mode & OTHERS_READ) !== 0;
}

/**
 * Checks that a function's archive holds what its handler names, or what its runtime starts.
 *
 * @param item the function
 * @param files the files in its archive
 * @param findings takes the findings; their location is the archive's name, or the function's for a handler
 */
export function checkEntryPoint(
  item: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): void {
  const { name, runtime, handler } = item;
  const [, family = '', version = ''] = /^([a-z]+)(\d*)/.exec(runtime) ?? [];
  if (family === 'provided') {
    checkExecutable('bootstrap', `runtime ${runtime} starts it`, item, files, findings);
  } else if (family === 'go') {
    checkExecutable(handler, 'the handler names it', item, files, findings);
  } else if (family === 'java') {
    checkJavaClass(item, files, findings);
  } else {
    const rule = SOURCE_FILES[family];
    if (rule === undefined) return;
    const modulePath = rule.split(handler);
    if (modulePath === undefined) {
      const message = `has the handler ${JSON.stringify(handler)}, which names no file and function`;
      findings.error(name, message, `write it as ${rule.example}`);
      return;
    }
    checkSourceFile(item, rule.patterns(modulePath, Number(version)), files, findings);
  }
}

/** Where a runtime looks for a handler. */
interface SourceRule {
  readonly example: string;
  /** The handler without its function; undefined when it has none. */
  split(handler: string): string | undefined;
  /** The files that may hold it; the first one is told when there is none. `*` stands for a part of a name. */
  patterns(path: string, version: number): string[];
}

const TYPESCRIPT_SINCE = 24;

/**
 * Each runtime cuts the handler in its own way. Sources: UserFunction.js of aws-lambda-nodejs-runtime-interface-client,
 * bootstrap.py of aws-lambda-python-runtime-interface-client, lambda_handler.rb of aws-lambda-ruby-runtime-interface-client.
 */
const SOURCE_FILES: Readonly<Record<string, SourceRule>> = {
  nodejs: {
    example: 'file.function, such as index.handler',
    split: cutAtFirstDot,
    patterns: (path, version) => {
      const extensions = ['.js', '.mjs', '.cjs', ''];
      if (version >= TYPESCRIPT_SINCE) extensions.push('.ts', '.mts', '.cts');
      const files = extensions.map((extension) => `${path}${extension}`);
      // The runtime requires a folder, or a package, as any module would.
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
    split: cutAtFirstDot,
    patterns: (path) => [`${path}.rb`],
  },
};

/** `folder/base.any.thing` without what follows the first dot of the last segment. */
function cutAtFirstDot(handler: string): string | undefined {
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
    const message = `has no ${patterns[0]}, where the handler ${handler} is looked for`;
    findings.error(archive.name, message, suggestLocation(patterns, files, HANDLER_FIX));
  } else if (!isReadable(found)) {
    findings.error(
      archive.name,
      `has ${found.name}, which AWS Lambda may not read`,
      `make it readable for all: chmod a+r ${found.name}`,
    );
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
    const fix = runtime.startsWith('provided') ? `add it, or name the program ${name}` : HANDLER_FIX;
    findings.error(
      archive.name,
      `has no ${name} at its root, and ${reason}`,
      suggestLocation([name], files, fix),
    );
  } else if (!hasMode(file.mode) || (file.mode & OTHERS_EXECUTE) === 0) {
    findings.error(
      archive.name,
      `has ${name}, but not as an executable file`,
      `chmod 755 ${name}, and zip it on Linux or macOS`,
    );
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
    findings.note(
      archive.name,
      `may have the class ${className} in a jar below lib/: that was not looked into`,
    );
  } else {
    const message = `has no ${file}, which the handler ${handler} names`;
    findings.error(archive.name, message, suggestLocation([file], files, HANDLER_FIX));
  }
}

const HANDLER_FIX = 'add it, or correct the handler in the manifest';

/** A remedy for a file that is missing: where it stands instead, if it stands somewhere. */
function suggestLocation(
  wanted: readonly string[],
  files: readonly ArchiveFile[],
  otherwise: string,
): string {
  const exact = wanted.filter((pattern) => !pattern.includes('*'));
  const wrapped = files.find(({ name }) => exact.some((file) => name.endsWith(`/${file}`)));
  return wrapped === undefined
    ? otherwise
    : `it stands at ${wrapped.name}: archive the content of the folder, not the folder`;
}

function hasMode(mode: number | undefined): mode is number {
  return mode !== undefined && mode !== 0;
}
