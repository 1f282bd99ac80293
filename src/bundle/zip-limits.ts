import { LIMITS } from '../core/limits.js';
import type { ZipLimits } from '../zip/central-directory.js';

/** How large the central directory of a bundle may be. */
export const BUNDLE_ZIP: ZipLimits = { entries: LIMITS.entries, directory: LIMITS.directory };

/** How large that of a function archive may be. */
export const FUNCTION_ZIP: ZipLimits = {
  entries: LIMITS.functionEntries,
  directory: LIMITS.functionDirectory,
};
