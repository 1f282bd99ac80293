import type { AppsctlError } from '../../core/diagnostics/error.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderFinding } from './finding.js';

/**
 * The lines for an error: what failed, all other findings, what to do.
 *
 * @param vocabulary the names of options and commands
 */
export function renderError(error: AppsctlError, vocabulary: Vocabulary): string[] {
  const [first, ...others] = error.findings.filter(({ severity }) => severity === 'error');
  // The message is that of the only error.
  const only = others.length === 0 ? first : undefined;
  const lines = [`${error.message}${only === undefined ? '' : ` [${only.rule}]`}`];
  for (const finding of error.findings) {
    if (finding !== only) lines.push(`  ${finding.severity}: ${renderFinding(finding)}`);
  }
  lines.push(...error.items.map((item) => `  ${item}`));
  const hint = error.hintIn(vocabulary);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines;
}

/** The stack trace of a bug in appsctl; empty for other errors. */
export function stackTrace(error: AppsctlError): string[] {
  if (error.code !== 'INTERNAL') return [];
  const { cause = error } = error;
  return String(cause instanceof Error ? (cause.stack ?? cause.message) : cause).split('\n');
}
