import { join } from 'node:path';
import { isAbsent } from '../core/diagnostics/fs-error.js';
import { MIB } from '../core/units.js';
import type { AppPaths } from './app-paths.js';
import { unreadable } from './packaging-error.js';
import { readRegularFile } from './read-regular-file.js';

/** Those of published packages have at most some hundred KB. */
const MAX_BYTES = 4 * MIB;

/**
 * Reads the package.json of a folder.
 *
 * @param folder a path without links
 * @returns its fields, none if it is not a JSON object; undefined if the folder has no package.json
 * @throws AppsctlError INVALID_BUNDLE when it cannot be read
 */
export function readPackageJsonFields(
  folder: string,
  app: Pick<AppPaths, 'path' | 'realPath'>,
): ReadonlyMap<string, unknown> | undefined {
  const file = join(folder, 'package.json');
  let text: string;
  try {
    text = readRegularFile(file, MAX_BYTES)
      .toString()
      .replace(/^\ufeff/, '');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unreadable(app, file, error);
  }
  try {
    const json: unknown = JSON.parse(text);
    return new Map(typeof json === 'object' && json !== null ? Object.entries(json) : []);
  } catch {
    return new Map();
  }
}
