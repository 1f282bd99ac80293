import type { AppsctlError } from '../../core/diagnostics/error.js';
import type { AppsctlEvent } from '../../core/diagnostics/event.js';
import type { Finding, Severity } from '../../core/diagnostics/findings.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { ValidationReport } from '../input/context.js';
import { terminalText } from './terminal-text.js';

/**
 * The line for an event; undefined for one that is not worth a line.
 *
 * @param verbose whether each request is worth one
 */
export function renderEvent(event: AppsctlEvent, verbose: boolean): string | undefined {
  switch (event.type) {
    case 'request': {
      if (!verbose) return undefined;
      const { service, operation, outcome, milliseconds } = event;
      return `request   ${service} ${operation}: ${outcome}, ${milliseconds} ms`;
    }
    case 'resource': {
      // Of thousands of assets, only those that changed are of interest; the result counts all of them.
      if (event.kind === 'asset' && event.outcome === 'unchanged') return undefined;
      const detail = event.detail === undefined ? '' : ` ${event.detail}`;
      return `${event.outcome.padEnd(9)} ${event.kind} ${event.name}${detail}`;
    }
    case 'waiting':
      return `waiting   ${event.reason}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'finding':
      return `${event.finding.severity}: ${event.file}: ${renderFinding(event.finding)}`;
  }
}

/** The lines for an error: what failed, all findings if there are several, what to do. */
export function renderError(error: AppsctlError, words: Vocabulary): string[] {
  const lines = [`error: ${error.message}`];
  if (error.findings.filter(({ severity }) => severity === 'error').length > 1) {
    for (const finding of error.findings) lines.push(`  ${finding.severity}: ${renderFinding(finding)}`);
  }
  const hint = error.hintIn(words);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines;
}

/** The lines for a report. */
export function renderReport(report: ValidationReport, format: 'text' | 'json'): string[] {
  const { file, valid, findings } = report;
  if (format === 'json') {
    const json = JSON.stringify({ version: 1, file, valid, findings }, undefined, 2);
    return json.split('\n').map(terminalText);
  }
  const count = (severity: Severity): string => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return `${number} ${severity}${number === 1 ? '' : 's'}`;
  };
  return [
    ...findings.map((finding) => terminalText(`${finding.severity}: ${renderFinding(finding)}`)),
    terminalText(
      `${file} ${valid ? 'can be deployed' : 'cannot be deployed'}: ${count('error')}, ${count('warning')}, ${count('note')}`,
    ),
  ];
}

function renderFinding({ location, message, fix }: Finding): string {
  return `${location}: ${message}${fix === undefined ? '' : ` (${fix})`}`;
}
