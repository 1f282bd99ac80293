import { Findings } from '../diagnostics/findings.js';
import type { BundleFunction } from './bundle.js';
import { checkContentSize } from './check-sizes.js';
import { unsafeNameReason } from './entry-names.js';
import { checkEntryPoint, isReadable } from './entry-point.js';

/** An entry of a function archive. */
export interface ArchiveFile {
  readonly name: string;
  /** Uncompressed bytes. */
  readonly size: number;
  /** Unix permissions; undefined when the archive was made by a system without them. */
  readonly mode: number | undefined;
  readonly isLink: boolean;
}

/**
 * Checks that AWS Lambda can run the content of a function archive.
 *
 * @param files the entries of the archive, folders included
 * @param findings collects what is found; the location is the archive, or the handler in the manifest
 * @returns whether the files may be read: their names are safe and unique, and their size is within the limit
 */
export function checkFunctionArchive(
  item: BundleFunction,
  files: readonly ArchiveFile[],
  findings: Findings,
): boolean {
  const location = item.archive.name;
  const content = files.filter(({ name }) => !name.endsWith('/'));
  if (content.length === 0) {
    findings.error('function/empty-archive', location, 'is an empty archive', `add the code of ${item.name}`);
    return true;
  }
  const unsafe = new Findings();
  checkNames(location, files, unsafe);
  checkContentSize(
    location,
    content.reduce((sum, { size }) => sum + size, 0),
    unsafe,
  );
  findings.add(unsafe.all);
  const entryPoint = new Findings();
  checkEntryPoint(item, content, entryPoint);
  findings.add(entryPoint.all);
  const links = content.filter(({ isLink }) => isLink);
  if (links.length > 0) {
    const message = `has links; AWS Lambda supports only links to files in the archive: ${joinNames(links)}`;
    findings.warning('zip/link', location, message, 'replace them with what they point to');
  }
  const unreadable = content.filter((file) => !isReadable(file));
  // Not in addition to an error about the permissions of one file, which has the same fix.
  if (unreadable.length > 0 && !entryPoint.hasErrors) {
    const message = `has files that AWS Lambda is not allowed to read: ${joinNames(unreadable)}`;
    findings.warning(
      'function/not-readable',
      location,
      message,
      'make them readable by all users: chmod a+r',
    );
  }
  return !unsafe.hasErrors;
}

/** Functions run on a case-sensitive file system, so names may differ only in case. */
function checkNames(location: string, files: readonly ArchiveFile[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { name } of files) {
    const entry = `${location}: ${name.slice(0, 200)}`;
    const reason = unsafeNameReason(name);
    if (reason !== undefined)
      findings.error('zip/unsafe-name', entry, reason, 'build the archive with plain relative paths');
    if (seen.has(name) && !name.endsWith('/'))
      findings.error('zip/duplicate-entry', entry, 'appears twice in the archive', 'rebuild the archive');
    seen.add(name);
  }
}

function joinNames([first, ...others]: readonly ArchiveFile[]): string {
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `${first?.name}${more}`;
}
