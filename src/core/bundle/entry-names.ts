import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import type { BundleEntry } from './bundle.js';

/** Control characters, and those that change the direction of text: they hide what a name is. */
const DECEPTIVE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Checks the names of a zip's entries: each must be a safe path, and no two may be the same file to any reader.
 *
 * @param entries all entries of the zip, folders included
 */
export function checkEntryNames(entries: readonly BundleEntry[], findings: Findings): void {
  const seen = new Map<string, string>();
  for (const { name } of entries) {
    const location = entryLocation(name);
    const reason = unsafeNameReason(name);
    if (reason !== undefined)
      findings.error('zip/unsafe-name', location, reason, 'build the zip with plain relative paths');
    const folded = foldName(name);
    const earlier = seen.get(folded);
    if (earlier === name) {
      findings.error('zip/duplicate-entry', location, 'appears twice in the zip', 'rebuild the zip');
    } else if (earlier !== undefined) {
      const message = `differs from ${entryLocation(earlier)} only in case or Unicode form`;
      findings.error('zip/duplicate-entry', location, message, 'rename one of them');
    }
    seen.set(folded, earlier ?? name);
  }
}

/**
 * Explains why a path in a zip is not safe to extract on every system.
 *
 * @param name a slash-separated path; a folder ends with a slash
 * @returns the reason; undefined when the path is safe
 */
export function unsafeNameReason(name: string): string | undefined {
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  if (path === '') return name === '' ? 'has an empty name' : 'is an absolute path';
  // A shortcut: most names are ASCII, and an archive may have hundreds of thousands.
  const isPlain = /^[ -~]*$/.test(name);
  const bytes = isPlain ? name.length : Buffer.byteLength(name);
  if (bytes > LIMITS.name) return `has a name of ${bytes} bytes, over the limit of ${LIMITS.name}`;
  if (!isPlain && DECEPTIVE.test(name))
    return 'has a control character or a text direction character in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/')) return 'is an absolute path';
  if (/^[A-Za-z]:/.test(name)) return 'begins with a drive letter';
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) return undefined;
  const segments = path.split('/');
  if (segments.includes('..')) return 'has a ".." segment in its path';
  return segments.includes('.') ? 'has a "." segment in its path' : 'has an empty segment in its path';
}

/** The same for all names that a case-insensitive or Unicode-normalizing file system treats as one. */
export function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** How findings name an entry, whose name may be of any length. */
export function entryLocation(name: string): string {
  return name === '' ? '(no name)' : name.slice(0, 200);
}
