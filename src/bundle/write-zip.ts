import JSZip from 'jszip';

/** The earliest time that a zip can hold: every entry has it, so that a zip depends on its content alone. */
const ENTRY_TIME = new Date(Date.UTC(1980, 0, 1));

/** Modes of the files in a zip. */
export const FILE_MODE = 0o100644;
/** All files of a function are executable, as AWS Lambda allows: which ones need it differs from machine to machine. */
export const FUNCTION_FILE_MODE = 0o100755;

/** A file to be put into a zip. */
export interface ZipFileContent {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * Builds a zip whose bytes depend on names, content and order of the files alone: fixed times and modes, and a
 * compressor in JavaScript that works the same on every machine.
 *
 * @param files in the order in which they are to stand in the zip
 * @param mode the Unix mode of every file
 * @throws Error when two files have one name
 * @returns the zip; .zip and .jar files in it are stored, being compressed already, so that they can be looked into
 */
export function writeZip(files: readonly ZipFileContent[], mode: number): Promise<Uint8Array> {
  const archive = new JSZip();
  for (const { name, data } of files) {
    if (archive.file(name) !== null) throw new Error(`two files of a zip have the name ${name}`);
    archive.file(name, data, {
      date: ENTRY_TIME,
      unixPermissions: mode,
      compression: /\.(?:zip|jar)$/.test(name) ? 'STORE' : 'DEFLATE',
      compressionOptions: { level: 9 },
      createFolders: false,
    });
  }
  return archive.generateAsync({ type: 'uint8array', platform: 'UNIX' });
}
