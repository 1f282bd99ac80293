import type { AppsctlError } from '../core/errors.js';
import type { AppsctlEvent } from '../core/events.js';
import type { Finding } from '../core/findings.js';

/** The line for an event. */
export function renderEvent(event: AppsctlEvent): string {
  switch (event.type) {
    case 'resource': {
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
export function renderError(error: AppsctlError): string[] {
  const lines = [`error: ${error.message}`];
  if (error.findings.filter(({ severity }) => severity === 'error').length > 1) {
    for (const finding of error.findings) lines.push(`  ${finding.severity}: ${renderFinding(finding)}`);
  }
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  return lines;
}

function renderFinding({ place, message, fix }: Finding): string {
  return `${place}: ${message}${fix === undefined ? '' : ` (${fix})`}`;
}
