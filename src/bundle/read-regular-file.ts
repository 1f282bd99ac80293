import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Opening does not block on a pipe without a writer: its type is only checked after opening it. Windows has no such flag. */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Reads a file of an app. Most are small, and reading them without waiting takes a tenth of the time.
 *
 * @param limit bytes; a larger file is not read
 * @param buffer what a file that fits is read into, so that the next one can reuse it
 * @throws Error of Node's file system, or with a clause about the file as its message
 */
export function readRegularFile(path: string, limit: number, buffer?: Buffer): Buffer {
  const file = openSync(path, OPEN_FLAGS);
  try {
    const found = fstatSync(file);
    if (found.isDirectory()) throw new Error('it is a folder');
    if (!found.isFile()) throw new Error('it is not a regular file');
    if (found.size > limit) throw new Error(`it has ${found.size} bytes, over the limit of ${limit}`);
    return buffer !== undefined && found.size <= buffer.length
      ? readInto(buffer.subarray(0, found.size), file)
      : readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Reads the first bytes of a file. Returns those that it has. */
function readInto(buffer: Buffer, file: number): Buffer {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(file, buffer, done, buffer.length - done, null);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}
