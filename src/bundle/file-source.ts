import { type FileHandle, open } from 'node:fs/promises';
import { AppsctlError } from '../core/diagnostics/error.js';
import { Findings } from '../core/diagnostics/findings.js';
import { fileProblem } from '../core/diagnostics/fs-error.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import type { ByteSource } from '../zip/byte-source.js';
import { OPEN_FLAGS } from './read-regular-file.js';

const BUNDLE_FIX = 'name a .zip file with manifest.json, static/ and one archive per function';
const PIPE_FIX = 'save the bundle as a file first';

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
      if (status.isDirectory()) throw unreadable(path, 'is a folder, not a bundle', BUNDLE_FIX);
      if (status.isFIFO()) throw unreadable(path, 'is a pipe, from which no bundle can be read', PIPE_FIX);
      if (!status.isFile()) throw unreadable(path, 'is not a regular file', BUNDLE_FIX);
      return new FileSource(handle, status.size);
    } catch (error) {
      await handle?.close();
      if (AppsctlError.is(error)) throw error;
      throw unreadable(path, `cannot be read: ${fileProblem(error)}`, undefined, error);
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

function unreadable(path: string, message: string, fix: string | undefined, cause?: unknown): AppsctlError {
  const findings = new Findings();
  findings.error('bundle/unreadable', path, message, fix);
  return invalidBundle(path, findings, cause);
}
