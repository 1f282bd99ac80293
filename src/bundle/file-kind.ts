import type { ByteSource } from '../zip/byte-source.js';

const TAR_MAGIC_POSITION = 257;

/** Signatures of files that are often mistaken for bundles, in the order in which they are tried. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: file formats begin with such bytes
  [/^\x1f\x8b/, 'a gzip file, such as a .tar.gz'],
  [/^\xfd7zXZ/, 'an xz file'],
  [/^7z\xbc\xaf/, 'a 7-Zip file'],
  [/^Rar!/, 'a RAR file'],
  [/^\x28\xb5\x2f\xfd/, 'a zstd file'],
  [/^BZh/, 'a bzip2 file'],
  [/^\x7fELF/, 'a Linux program'],
  [/^\s*(?:<!doctype html|<html)/i, 'a web page, such as the response to a failed download'],
  [/^\s*<\?xml/i, 'an XML file, such as the response to a failed download'],
  [/^\s*[{[]/, 'a JSON file'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer: the file itself was not fetched'],
];

/**
 * Explains what a file is that is not a zip.
 *
 * @returns a clause such as `it looks like a tar file`; undefined for a zip or an unknown kind of file
 */
export async function describeFile(source: ByteSource): Promise<string | undefined> {
  if (source.size === 0) return 'it is empty';
  const start = await source.read(0, TAR_MAGIC_POSITION + 5);
  const text = start.toString('latin1');
  if (text.slice(TAR_MAGIC_POSITION) === 'ustar') return 'it looks like a tar file';
  const kind = KINDS.find(([pattern]) => pattern.test(text))?.[1];
  return kind && `it looks like ${kind}`;
}
