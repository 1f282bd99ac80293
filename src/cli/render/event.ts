import type { DeployerEvent } from '../../core/deployer/event.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { describePassEvent } from './deployer-event.js';
import { renderFinding } from './finding.js';
import type { Message } from './message.js';

/**
 * What people are told of an event; undefined for nothing.
 *
 * @param vocabulary the names of options and commands
 */
export function describeEvent(event: DeployerEvent, vocabulary: Vocabulary): Message | undefined {
  switch (event.type) {
    case 'request': {
      const { service, operation, outcome, milliseconds } = event;
      return line('debug', `request   ${service} ${operation}: ${outcome}, ${milliseconds} ms`);
    }
    case 'account': {
      const { accountId, region, identity } = event;
      const caller = identity === undefined ? '' : ` as ${identity}`;
      return line('info', `account   ${accountId} in ${region}${caller}`);
    }
    case 'resource': {
      // There may be thousands of assets: the summary counts those that are unchanged.
      if (event.kind === 'asset' && event.outcome === 'unchanged') return undefined;
      const detail = event.detail === undefined ? '' : ` ${event.detail}`;
      return line('info', `${event.outcome.padEnd(9)} ${event.kind} ${event.name}${detail}`);
    }
    case 'settings-taken-over': {
      const { name, settings, version } = event;
      return line('note', `function ${name}: takes over ${settings.join(', ')} of version ${version}`);
    }
    case 'build':
      return event.state === 'started' ? line('info', `building  ${event.command}`) : undefined;
    case 'build-output':
      return line('info', event.line);
    case 'waiting':
      return line('info', `waiting   ${event.reason}`);
    case 'warning':
      return line('warning', event.message);
    case 'finding':
      return line(event.finding.severity, renderFinding(event.finding, event.file));
    case 'pass':
    case 'bundle':
      return describePassEvent(event, vocabulary);
  }
}

function line(level: Message['level'], text: string): Message {
  return { level, lines: [text] };
}
