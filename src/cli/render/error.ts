import type { AppsctlError } from '../../core/diagnostics/error.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderFinding } from './event.js';

/**
 * The lines for an error: what failed, all findings if there are several, what to do.
 *
 * @param vocabulary the names of options and commands
 */
export function renderError(error: AppsctlError, vocabulary: Vocabulary): string[] {
  const lines = [`error: ${error.message}`];
  if (error.findings.filter(({ severity }) => severity === 'error').length > 1) {
    for (const finding of error.findings) lines.push(`  ${finding.severity}: ${renderFinding(finding)}`);
  }
  lines.push(...error.items.map((item) => `  ${item}`));
  const hint = error.hintIn(vocabulary);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines;
}
