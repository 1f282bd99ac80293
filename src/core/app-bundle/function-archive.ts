import type { Findings } from '../findings.js';
import type { BundleFunction } from './bundle.js';
import { reasonAgainstName } from './entry-names.js';

/** A file in a function archive. */
export interface ArchiveFile {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Unix permissions; undefined when the archive was made by a system without them. */
  readonly mode: number | undefined;
}

/** Bytes that a function may have when unpacked. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_UNPACKED = 262_144_000;

const OTHERS_READ = 0o004;
const OTHERS_EXECUTE = 0o001;

/**
 * Checks that AWS Lambda will be able to run what stands in a function's archive. What would surely fail is an
 * error; what might is a warning.
 *
 * @param item the function
 * @param files everything in its archive, folders included
 * @param findings takes the findings; their place is the archive's name
 */
export function checkFunctionArchive(
  item: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): void {
  const place = item.archive.name;
  for (const { name } of files) {
    const reason = reasonAgainstName(name);
    if (reason !== undefined)
      findings.error(
        `${place}: ${name.slice(0, 200)}`,
        reason,
        'build the archive with plain relative paths',
      );
  }
  const content = files.filter(({ name }) => !name.endsWith('/'));
  if (content.length === 0) {
    findings.error(place, 'is an empty archive', `put the code of ${item.name} into it`);
    return;
  }
  const unpacked = content.reduce((sum, { size }) => sum + size, 0);
  if (unpacked > MAX_UNPACKED) {
    findings.error(
      place,
      `unpacks to ${unpacked} bytes, over the limit of ${MAX_UNPACKED}`,
      'leave out what the function does not need',
    );
  }
  const errors = findings.errors.length;
  checkEntryPoint(item, content, findings);
  // One finding about modes is enough: the remedy is the same for all files.
  if (findings.errors.length > errors) return;
  const unreadable = content.filter(({ mode }) => isSet(mode) && (mode & OTHERS_READ) === 0);
  const [first] = unreadable;
  if (first !== undefined) {
    const more = unreadable.length > 1 ? ` and ${unreadable.length - 1} more` : '';
    findings.warning(
      place,
      `has files that AWS Lambda may not read: ${first.name}${more}`,
      'make them readable for all (chmod a+r)',
    );
  }
}

function checkEntryPoint(item: BundleFunction, files: readonly ArchiveFile[], findings: Findings): void {
  const { runtime, handler, archive } = item;
  const [, family = ''] = /^([a-z]+)/.exec(runtime) ?? [];
  if (family === 'provided') {
    checkExecutable('bootstrap', `runtime ${runtime} starts it`, item, files, findings);
  } else if (family === 'go') {
    checkExecutable(handler, 'the handler names it', item, files, findings);
  } else if (family === 'java') {
    checkJavaClass(item, files, findings);
  } else {
    const candidates = sourceFiles(family, handler);
    const [wanted] = candidates;
    if (wanted === undefined) return;
    const found = files.find(({ name }) => candidates.includes(name));
    if (found === undefined) {
      findings.error(
        archive.name,
        `has no ${wanted}, where the handler ${handler} is looked for`,
        elsewhere(candidates, files),
      );
    } else if (isSet(found.mode) && (found.mode & OTHERS_READ) === 0) {
      findings.error(
        archive.name,
        `has ${found.name}, which AWS Lambda may not read`,
        `make it readable for all: chmod a+r ${found.name}`,
      );
    }
  }
}

/** The files that may hold a handler of the form path/file.function; none for runtimes with other forms. */
function sourceFiles(family: string, handler: string): string[] {
  const extensions: Readonly<Record<string, readonly string[]>> = {
    nodejs: ['.js', '.mjs', '.cjs'],
    python: ['.py'],
    ruby: ['.rb'],
  };
  const path = handler.replace(/^\.\//, '').replace(/\.[^./]*$/, '');
  const base = family === 'python' ? path.replaceAll('.', '/') : path;
  return (extensions[family] ?? []).map((extension) => `${base}${extension}`);
}

function checkExecutable(
  name: string,
  reason: string,
  { archive }: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): void {
  const file = files.find((candidate) => candidate.name === name);
  if (file === undefined) {
    findings.error(archive.name, `has no ${name} at its root, and ${reason}`, elsewhere([name], files));
  } else if (!isSet(file.mode) || (file.mode & OTHERS_EXECUTE) === 0) {
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
    findings.error(
      archive.name,
      `has no ${file}, which the handler ${handler} names`,
      elsewhere([file], files),
    );
  }
}

/** A remedy for a file that is missing: where it stands instead, if it stands somewhere. */
function elsewhere(names: readonly string[], files: readonly ArchiveFile[]): string {
  const wrapped = files.find(({ name }) => names.some((wanted) => name.endsWith(`/${wanted}`)));
  return wrapped === undefined
    ? 'add it, or correct the handler in the manifest'
    : `it stands at ${wrapped.name}: archive the content of the folder, not the folder`;
}

function isSet(mode: number | undefined): mode is number {
  return mode !== undefined && mode !== 0;
}
