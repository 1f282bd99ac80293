import type { AppsctlError } from '../core/diagnostics/error.js';
import { Findings } from '../core/diagnostics/findings.js';
import { fileProblem, isAbsent } from '../core/diagnostics/fs-error.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import type { Rule } from '../core/diagnostics/rules.js';
import { type AppPaths, relativePath } from './app-paths.js';

/** What the folder of an app is. */
export const APP_FOLDER_HINT =
  'name a folder with manifest.json, static/ and a folder or archive for each function';

/**
 * The error for something that cannot be packaged, with its finding.
 *
 * @param location relative to the app's folder, or an entry of the bundle
 */
export function packagingError(
  app: Pick<AppPaths, 'path'>,
  rule: Rule,
  location: string,
  message: string,
  fix: string,
  cause?: unknown,
): AppsctlError {
  const findings = new Findings();
  findings.error(rule, location, message, fix);
  return invalidBundle(app.path, findings, cause);
}

/**
 * The error for a file or folder that cannot be read.
 *
 * @param file its path without links
 * @param error what was thrown
 */
export function unreadable(
  app: Pick<AppPaths, 'path' | 'realPath'>,
  file: string,
  error: unknown,
): AppsctlError {
  const isMissing = isAbsent(error);
  const reason = fileProblem(error, { ENOTDIR: 'it is not a folder' });
  const location = relativePath(app.realPath, file) || app.path;
  const fix = isMissing ? APP_FOLDER_HINT : 'make it readable, or move it out of the folder';
  return packagingError(app, 'package/unreadable', location, `cannot be read: ${reason}`, fix, error);
}
