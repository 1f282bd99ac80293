import { LIMITS } from '../core/limits.js';
import type { ZipLimits } from '../zip/central-directory.js';

/** Limits on the central directory of a bundle. */
export const BUNDLE_ZIP: ZipLimits = { entries: LIMITS.entries, directory: LIMITS.directory };

/** Limits on the central directory of a function archive. */
export const FUNCTION_ZIP: ZipLimits = {
  entries: LIMITS.functionEntries,
  directory: LIMITS.functionDirectory,
};
