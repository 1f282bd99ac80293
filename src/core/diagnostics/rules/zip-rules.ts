import type { RuleInfo } from './rule-info.js';

/** The rules of the file, of the zip of a bundle, and of those of its functions. */
export const ZIP_RULES = {
  'bundle/unreadable': {
    rule: 'A bundle is a regular file that can be read.',
    severities: ['error'],
    reason: 'A zip is read from its end, so it must be a file: a pipe or a folder has no end to start from.',
    fix: 'Check the path and the permissions of the file; save what a pipe delivers as a file first.',
  },
  'zip/invalid': {
    rule: 'A bundle, like each function archive, is a zip file that all zip readers read alike.',
    severities: ['error'],
    reason: 'If two readers see different content, what is checked here is not what AWS runs.',
    fix: 'Build the file again with an ordinary zip program, or transfer it again.',
  },
  'zip/too-large': {
    rule: 'A bundle stays within the limits on entries, central directory and uncompressed size.',
    severities: ['error'],
    reason: 'A small zip can expand to any size, and would fill the memory of its readers.',
    fix: 'Remove what the app does not need, or split the app.',
  },
  'zip/damaged-entry': {
    rule: 'An entry matches its local file header, sizes and checksum.',
    severities: ['error'],
    reason: 'The entry was damaged after the zip was built, or the zip was built to deceive its readers.',
    fix: 'Build the bundle again, or transfer it again.',
  },
  'zip/unsupported-entry': {
    rule: 'An entry is a file or an empty folder, stored or deflated, and not encrypted.',
    severities: ['error'],
    reason: 'AWS Lambda and many zip readers support nothing else.',
    fix: 'Build the zip from regular files with the default compression, without a password.',
  },
  'zip/link': {
    rule: 'An entry of a bundle is not a symbolic link; in a function archive, links are a warning.',
    severities: ['error', 'warning'],
    reason: 'S3 has no links, and AWS Lambda has none to anything outside the archive.',
    fix: 'Replace the link with what it points to.',
  },
  'zip/unsafe-name': {
    rule: 'An entry has a relative path that is safe to extract on every system.',
    severities: ['error'],
    reason:
      'Other names could overwrite files outside the folder into which they are extracted, or hide what they are.',
    fix: 'Build the zip with plain relative paths with slashes.',
  },
  'zip/duplicate-entry': {
    rule: 'No two entries have the same name; in a bundle, not even in another case or Unicode form.',
    severities: ['error'],
    reason: 'Some readers take the first entry, others the last one.',
    fix: 'Rename one of the entries, or build the zip again.',
  },
  'zip/ignored-entry': {
    rule: 'An entry that is neither the manifest, an asset nor a function archive is not deployed.',
    severities: ['warning', 'note'],
    reason: 'The file may have been meant to be an asset or a function, or should not be in the bundle.',
    fix: 'Move assets below static/, name archives like their functions, and leave out everything else.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;
