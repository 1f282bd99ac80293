import { constants, type FileHandle, open } from 'node:fs/promises';
import { AppsctlError } from '../core/diagnostics/error.js';
import { fileProblem } from '../core/diagnostics/fs-error.js';
import type { ByteSource } from '../zip/byte-source.js';

/** Opening does not block on a pipe without a writer: its type is only checked after opening it. Windows has no such flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A bundle's file, open until it is closed. */
export class FileSource implements ByteSource {
  private constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  /** @throws AppsctlError INVALID_BUNDLE when the file does not exist, cannot be read or is not a regular file */
  static async open(path: string): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, OPEN_FLAGS);
      const status = await handle.stat();
      if (!status.isFile()) {
        const problem = status.isDirectory() ? 'is a folder, not a bundle' : 'is not a regular file';
        throw new AppsctlError('INVALID_BUNDLE', `${path} ${problem}`, {
          hint: 'name a .zip file with manifest.json, static/ and one archive per function',
        });
      }
      return new FileSource(handle, status.size);
    } catch (error) {
      await handle?.close();
      if (AppsctlError.is(error)) throw error;
      const message = `cannot read the bundle ${path}: ${fileProblem(error)}`;
      throw new AppsctlError('INVALID_BUNDLE', message, { cause: error });
    }
  }

  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)));
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
