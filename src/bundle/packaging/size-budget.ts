import { statSync } from 'node:fs';
import {
  checkContentSize,
  checkEntrySize,
  checkTotalContent,
  checkTotalSize,
} from '../../core/bundle/check-sizes.js';
import type { Findings } from '../../core/diagnostics/findings.js';
import type { FileContent } from '../bundle-function.js';
import { unreadable } from '../packaging-error.js';
import type { AppFolder } from './app-folder.js';

/** Uncompressed bytes, by path in a zip. */
export type Sizes = ReadonlyMap<string, number>;

/**
 * Measures files without reading them.
 *
 * @param files by path in the zip
 * @throws AppsctlError INVALID_BUNDLE when one does not exist any more
 */
export function measureFiles(
  files: ReadonlyMap<string, FileContent>,
  folder: AppFolder,
): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [path, content] of files) {
    try {
      sizes.set(path, typeof content === 'string' ? statSync(content).size : content.length);
    } catch (error) {
      throw unreadable(folder, typeof content === 'string' ? content : path, error);
    }
  }
  return sizes;
}

/** Adds up sizes. */
export function totalSize(sizes: ReadonlyMap<unknown, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/**
 * Adds up what a bundle will contain. What is over a limit is reported as the validation of a bundle does, and must not be
 * packaged: reading and compressing it would take memory and time for nothing.
 */
export class SizeBudget {
  private total = 0;
  private readonly content = { bytes: 0, entries: 0 };
  private isExceeded = false;

  /** @param path that of the app's folder, for messages */
  constructor(
    private readonly path: string,
    private readonly findings: Findings,
  ) {}

  /** Adds an entry of the bundle. Returns whether it may be in the bundle. */
  addEntry(name: string, size: number): boolean {
    if (!checkEntrySize({ name, size }, this.findings) || this.isExceeded) return false;
    this.total += size;
    this.isExceeded = !checkTotalSize(this.path, this.total, this.findings);
    return !this.isExceeded;
  }

  /** Adds the files of a function archive, before they are compressed. Returns whether they may be in the bundle. */
  addContent(archive: string, sizes: Sizes): boolean {
    const bytes = totalSize(sizes);
    if (!checkContentSize(archive, bytes, this.findings) || this.isExceeded) return false;
    this.content.bytes += bytes;
    this.content.entries += sizes.size;
    this.isExceeded = !checkTotalContent(this.path, this.content, this.findings);
    return !this.isExceeded;
  }
}
