import type { AppsctlError } from '../../core/diagnostics/error.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderFinding } from './event.js';

/**
 * The lines for an error: what failed, all findings if there are several, what to do.
 *
 * @param words the names of options and commands in the hint
 */
export function renderError(error: AppsctlError, words: Vocabulary): string[] {
  const lines = [`error: ${error.message}`];
  if (error.findings.filter(({ severity }) => severity === 'error').length > 1) {
    for (const finding of error.findings) lines.push(`  ${finding.severity}: ${renderFinding(finding)}`);
  }
  lines.push(...error.items.map((item) => `  ${item}`));
  const hint = error.hintIn(words);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines;
}
