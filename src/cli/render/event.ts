import type { AppsctlEvent } from '../../core/diagnostics/event.js';
import { type Finding, locationPrefix } from '../../core/diagnostics/findings.js';

/**
 * The line for an event; undefined for one that is not printed.
 *
 * @param verbose whether requests are printed
 */
export function renderEvent(event: AppsctlEvent, verbose: boolean): string | undefined {
  switch (event.type) {
    case 'request': {
      if (!verbose) return undefined;
      const { service, operation, outcome, milliseconds } = event;
      return `request   ${service} ${operation}: ${outcome}, ${milliseconds} ms`;
    }
    case 'account':
      return `account   ${event.accountId} in ${event.region}`;
    case 'resource': {
      // There may be thousands of assets: the summary counts those that are unchanged.
      if (event.kind === 'asset' && event.outcome === 'unchanged') return undefined;
      const detail = event.detail === undefined ? '' : ` ${event.detail}`;
      return `${event.outcome.padEnd(9)} ${event.kind} ${event.name}${detail}`;
    }
    case 'settings-taken-over':
      return `note: function ${event.name}: takes over ${event.settings.join(', ')} of version ${event.version}`;
    case 'build':
      return event.state === 'started' ? `building  ${event.command}` : undefined;
    case 'build-output':
      return event.line;
    case 'waiting':
      return `waiting   ${event.reason}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'finding':
      return `${event.finding.severity}: ${locationPrefix(event.file, event.finding.location)}${renderText(event.finding)}`;
  }
}

/** A finding without its severity, with the rule to explain. */
export function renderFinding(finding: Finding): string {
  return locationPrefix('.', finding.location) + renderText(finding);
}

function renderText({ rule, message, fix }: Finding): string {
  return `${message}${fix === undefined ? '' : ` (${fix})`} [${rule}]`;
}
