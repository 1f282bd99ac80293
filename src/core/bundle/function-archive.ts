import type { Findings } from '../diagnostics/findings.js';
import type { BundleFunction } from './bundle.js';
import { unsafeNameReason } from './entry-names.js';
import { checkEntryPoint, isReadable } from './entry-point.js';

/** A file in a function archive. */
export interface ArchiveFile {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Unix permissions; undefined when the archive was made by a system without them. */
  readonly mode: number | undefined;
  /** Whether it is a symbolic link. */
  readonly isLink: boolean;
}

/** Bytes that a function may have when unpacked. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_UNPACKED_BYTES = 262_144_000;

/**
 * Checks that AWS Lambda will be able to run what stands in a function's archive. What would surely fail is an
 * error; what might is a warning.
 *
 * @param item the function
 * @param files everything in its archive, folders included
 * @param findings takes the findings; their location is the archive's name, or the function's for its handler
 * @returns whether the files may be unpacked: their names are safe and unique, their sizes within the limit
 */
export function checkFunctionArchive(
  item: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): boolean {
  const location = item.archive.name;
  const content = files.filter(({ name }) => !name.endsWith('/'));
  if (content.length === 0) {
    findings.error(location, 'is an empty archive', `put the code of ${item.name} into it`);
    return true;
  }
  const before = findings.errors.length;
  checkNames(location, files, findings);
  const unpacked = content.reduce((sum, { size }) => sum + size, 0);
  if (unpacked > MAX_UNPACKED_BYTES) {
    findings.error(
      location,
      `unpacks to ${unpacked} bytes, over the limit of ${MAX_UNPACKED_BYTES}`,
      'leave out what the function does not need',
    );
  }
  const between = findings.errors.length;
  checkEntryPoint(item, content, findings);
  warnAbout(
    location,
    'has links, which AWS Lambda keeps only if they point to something inside:',
    content.filter(({ isLink }) => isLink),
    'replace them by what they point to',
    findings,
  );
  // One finding about modes is enough: the remedy is the same for all files.
  if (findings.errors.length === between) {
    warnAbout(
      location,
      'has files that AWS Lambda may not read:',
      content.filter((file) => !isReadable(file)),
      'make them readable for all (chmod a+r)',
      findings,
    );
  }
  return between === before;
}

/** Names that differ only in case are two files where functions run. */
function checkNames(location: string, files: readonly ArchiveFile[], findings: Findings): void {
  const seen = new Set<string>();
  const report = (name: string, message: string, fix: string): void =>
    findings.error(`${location}: ${name.slice(0, 200)}`, message, fix);
  for (const { name } of files) {
    const reason = unsafeNameReason(name);
    if (reason !== undefined) report(name, reason, 'build the archive with plain relative paths');
    if (seen.has(name) && !name.endsWith('/')) {
      report(name, 'appears twice in the archive', 'build the archive again');
    }
    seen.add(name);
  }
}

/** One warning for all files, since its remedy is the same. */
function warnAbout(
  location: string,
  what: string,
  files: readonly ArchiveFile[],
  fix: string,
  findings: Findings,
): void {
  const [first] = files;
  if (first === undefined) return;
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  findings.warning(location, `${what} ${first.name}${more}`, fix);
}
