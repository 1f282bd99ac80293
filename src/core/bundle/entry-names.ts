import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import type { BundleEntry } from './bundle.js';

/** Controls, and the characters that make text run the other way: neither shows what a name really is. */
const DECEPTIVE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Checks the names of a zip's entries: each must be what it looks like to every reader, and none may be
 * mistaken for another.
 *
 * @param entries all entries of the zip, folders included
 * @param findings takes an error for each name that is unsafe or stands twice
 */
export function checkEntryNames(entries: readonly BundleEntry[], findings: Findings): void {
  const seen = new Map<string, string>();
  for (const { name } of entries) {
    const reason = unsafeNameReason(name);
    if (reason !== undefined)
      findings.error(truncate(name), reason, 'build the zip with plain relative paths');
    const folded = foldName(name);
    const earlier = seen.get(folded);
    if (earlier === name) {
      findings.error(truncate(name), 'stands twice in the zip', 'build the zip anew');
    } else if (earlier !== undefined) {
      findings.error(
        truncate(name),
        `differs from ${truncate(earlier)} only in case or Unicode form`,
        'rename one of the two',
      );
    }
    seen.set(folded, earlier ?? name);
  }
}

/**
 * Why a path inside a zip is unsafe, whoever reads it.
 *
 * @param name a slash-separated path; a slash at its end marks a folder
 * @returns the reason, or undefined
 */
export function unsafeNameReason(name: string): string | undefined {
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  if (path === '') return name === '' ? 'has an empty name' : 'is an absolute path';
  // Most names are plain, and an archive may have hundreds of thousands.
  const isPlain = /^[ -~]*$/.test(name);
  const bytes = isPlain ? name.length : Buffer.byteLength(name);
  if (bytes > LIMITS.name) return `has a name of ${bytes} bytes, over the limit of ${LIMITS.name}`;
  if (!isPlain && DECEPTIVE.test(name)) return 'has a control or direction character in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/')) return 'is an absolute path';
  if (/^[A-Za-z]:/.test(name)) return 'begins with a drive letter';
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) return undefined;
  const segments = path.split('/');
  if (segments.includes('..')) return 'has a ".." segment in its path';
  return segments.includes('.') ? 'has a "." segment in its path' : 'has an empty segment in its path';
}

/** Names that a file system without case, or with its own Unicode form, would take for one. */
function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

function truncate(name: string): string {
  return name === '' ? '(no name)' : name.slice(0, 200);
}
