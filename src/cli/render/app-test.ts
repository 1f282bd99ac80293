import type { AppCheck, AppTestReport } from '../../api/test-app.js';
import { type Format, jsonLines } from './json.js';

const OUTCOMES = ['passed', 'failed', 'skipped'] as const;
const INDENT = ' '.repeat(9);

/** A checklist: a line for each check, with what to do if it failed, and how many there are of each outcome. */
export function renderAppTest(report: AppTestReport, format: Format): string[] {
  if (format === 'json') return jsonLines(report);
  const counts = OUTCOMES.map(
    (outcome) => `${report.checks.filter((item) => item.outcome === outcome).length} ${outcome}`,
  );
  return [...report.checks.flatMap(renderCheck), counts.join(', ')];
}

function renderCheck({ outcome, title, detail, hint }: AppCheck): string[] {
  const line = `${outcome.padEnd(INDENT.length)}${title}${detail === undefined ? '' : `: ${detail}`}`;
  return hint === undefined ? [line] : [line, `${INDENT}hint: ${hint}`];
}
