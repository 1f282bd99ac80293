import type { ValidationReport } from '../../api/validate.js';
import type { Severity } from '../../core/diagnostics/findings.js';
import { count } from '../../core/text.js';
import { renderFinding } from './finding.js';
import { type Format, jsonLines } from './json.js';

/** The lines for a report on a bundle. */
export function renderReport(report: ValidationReport, format: Format): string[] {
  const { file, valid, findings } = report;
  if (format === 'json') {
    return jsonLines({ file, valid, findings });
  }
  const counts = (['error', 'warning', 'note'] satisfies Severity[]).map((severity) =>
    count(findings.filter((finding) => finding.severity === severity).length, severity),
  );
  return [
    ...findings.map((finding) => `${finding.severity}: ${renderFinding(finding)}`),
    `${file} ${valid ? 'can be deployed' : 'cannot be deployed'}: ${counts.join(', ')}`,
  ];
}
