import type { ByteSource } from '../zip/byte-source.js';

const TAR_MAGIC_POSITION = 257;

/** How files begin that people take for bundles; the first that fits counts. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: file formats begin with such bytes
  [/^\x1f\x8b/, 'a gzip file, such as a .tar.gz'],
  [/^\xfd7zXZ/, 'an xz file'],
  [/^7z\xbc\xaf/, 'a 7-Zip file'],
  [/^Rar!/, 'a RAR file'],
  [/^\x28\xb5\x2f\xfd/, 'a zstd file'],
  [/^BZh/, 'a bzip2 file'],
  [/^\x7fELF/, 'a program for Linux'],
  [/^\s*(?:<!doctype html|<html)/i, 'a web page, such as the answer of a download that failed'],
  [/^\s*<\?xml/i, 'an XML file, such as the answer of a download that failed'],
  [/^\s*[{[]/, 'a JSON file'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer: the file itself was not fetched'],
];

/**
 * Says what a file is that should have been a zip.
 *
 * @returns a few words such as `a web page`; undefined when it does look like a zip, or like nothing known
 */
export async function describeFile(source: ByteSource): Promise<string | undefined> {
  if (source.size === 0) return 'an empty file';
  const start = await source.read(0, TAR_MAGIC_POSITION + 5);
  const text = start.toString('latin1');
  if (text.slice(TAR_MAGIC_POSITION) === 'ustar') return 'a tar file';
  return KINDS.find(([pattern]) => pattern.test(text))?.[1];
}
