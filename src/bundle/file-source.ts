import { constants, type FileHandle, open } from 'node:fs/promises';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { ByteSource } from '../zip/byte-source.js';

/** A pipe that nobody writes to must not block: what kind of file it is shows only once it is open. Windows has no such flag. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A file that stays open until it is closed. */
export class FileSource implements ByteSource {
  private constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  /**
   * @param path the file
   * @throws AppsctlError INVALID_BUNDLE when there is no such file or it cannot be read
   */
  static async open(path: string): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, READ_WITHOUT_WAITING);
      const status = await handle.stat();
      if (!status.isFile()) {
        const what = status.isDirectory() ? 'is a folder' : 'is not a regular file';
        throw new AppsctlError('INVALID_BUNDLE', `${path} ${what}, not a bundle`, {
          hint: 'name the .zip file that holds manifest.json, static/ and one archive per function',
        });
      }
      return new FileSource(handle, status.size);
    } catch (error) {
      await handle?.close();
      if (AppsctlError.is(error)) throw error;
      const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;
      throw new AppsctlError('INVALID_BUNDLE', `cannot read the bundle ${path}: ${reason}`, { cause: error });
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

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'its name is too long',
};
