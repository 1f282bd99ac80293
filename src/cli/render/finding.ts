import { type Finding, locationPrefix } from '../../core/diagnostics/findings.js';

/**
 * A finding without its severity, with the rule to explain.
 *
 * @param file the bundle or the folder, if it is not named already
 */
export function renderFinding({ rule, location, message, fix }: Finding, file = '.'): string {
  return `${locationPrefix(file, location)}${message}${fix === undefined ? '' : ` (${fix})`} [${rule}]`;
}
