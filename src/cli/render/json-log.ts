import type { Action } from '../../core/deploy/action.js';
import type { DeployerEvent } from '../../core/deployer/event.js';
import type { BundleApp, PlannedBundle } from '../../core/deployer/report.js';
import type { AppsctlError } from '../../core/diagnostics/error.js';
import type { Finding } from '../../core/diagnostics/findings.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { stackTrace } from './error.js';
import { describeEvent } from './event.js';
import type { Log, LogContext, LogEntry } from './log.js';
import type { Level } from './message.js';
import { optionalIso, passJson } from './pass.js';

/** What is in a line besides its time and its pass. Fields that are undefined are left out. */
interface Content {
  readonly level: Level;
  readonly bundle?: string | undefined;
  readonly app?: BundleApp | undefined;
  readonly event: string;
  readonly message: string;
  readonly [more: string]: unknown;
}

interface EventFields {
  readonly name: string;
  readonly app?: BundleApp | undefined;
  readonly [more: string]: unknown;
}

/** A log of JSON lines. Each line names the pass in which it was written. */
export function createJsonLog({ clock, vocabulary }: LogContext): Log {
  let run: string | undefined;
  return (entry) => {
    const content = toContent(entry, vocabulary);
    if (content === undefined) return [];
    const event = entry.type === 'event' && entry.event.type === 'pass' ? entry.event : undefined;
    if (event?.state === 'started') run = event.run;
    const { level, bundle, app, ...fields } = content;
    const line = {
      ...{ time: new Date(clock.now()).toISOString(), level: level === 'note' ? 'info' : level },
      ...{ run, bundle, app: app?.id, version: app?.version, ...fields },
    };
    if (event !== undefined && event.state !== 'started') run = undefined;
    return [JSON.stringify(line)];
  };
}

function toContent(entry: LogEntry, vocabulary: Vocabulary): Content | undefined {
  switch (entry.type) {
    case 'event': {
      const { event } = entry;
      if (event.type === 'bundle' && event.state === 'planned')
        return toPlanContent(event.result, vocabulary);
      const described = describeEvent(event, vocabulary);
      if (described === undefined) return undefined;
      const [message = ''] = described.lines;
      const { name, app, ...fields } = eventFields(event, vocabulary);
      // Padded for people.
      const text = message.replace(/^(\w+) +/, '$1 ');
      return { level: described.level, bundle: event.bundle, app, event: name, message: text, ...fields };
    }
    case 'message':
      return { level: entry.level, event: 'note', message: entry.text };
    case 'error': {
      const { error } = entry;
      const fields = errorFields(error, vocabulary);
      return { level: 'error', event: 'error', message: error.message, ...fields };
    }
    case 'usage error': {
      const [message = '', ...others] = entry.lines.map((line) => line.replace(/^hint: /, ''));
      return { level: 'error', event: 'error', message, code: 'USAGE', hint: others.join('; ') };
    }
  }
}

/** For people, a plan is a result, and nothing in the log. */
function toPlanContent({ key, app, changes, error }: PlannedBundle, vocabulary: Vocabulary): Content {
  const count = (action: Action): number => changes.filter((change) => change.action === action).length;
  return {
    ...{ level: error === undefined ? 'info' : 'error', bundle: key, app, event: 'bundle-planned' },
    message: error === undefined ? 'would be deployed' : `would not be deployed: ${error.message}`,
    ...(error && errorFields(error, vocabulary)),
    changes: { create: count('create'), update: count('update'), unchanged: count('unchanged') },
  };
}

/** The name of an event, and what it has besides a text. */
function eventFields(event: DeployerEvent, vocabulary: Vocabulary): EventFields {
  switch (event.type) {
    case 'request': {
      const { service, operation, outcome, milliseconds } = event;
      return { name: event.type, service, operation, outcome, ms: milliseconds };
    }
    case 'account': {
      const { accountId, region, identity } = event;
      return { name: event.type, accountId, region, identity };
    }
    case 'resource':
      return { name: event.type, kind: event.kind, resource: event.name, outcome: event.outcome };
    case 'settings-taken-over':
      return { name: event.type, resource: event.name, from: event.version, settings: event.settings };
    case 'finding':
      return { name: event.type, file: event.file, ...findingFields(event.finding) };
    case 'pass':
      return { ...passFields(event, vocabulary), name: `run-${event.state}` };
    case 'bundle':
      return { ...bundleFields(event, vocabulary), name: `bundle-${event.state}` };
    default:
      return { name: event.type };
  }
}

function passFields(
  event: Extract<DeployerEvent, { type: 'pass' }>,
  vocabulary: Vocabulary,
): Omit<EventFields, 'name'> {
  switch (event.state) {
    case 'started':
      return { environment: event.environment, bucket: event.bucket };
    case 'ended':
      return { ...passJson(event.report), ms: event.report.endedAt - event.report.startedAt };
    case 'failed':
      return errorFields(event.error, vocabulary);
  }
}

function bundleFields(
  event: Extract<DeployerEvent, { type: 'bundle' }>,
  vocabulary: Vocabulary,
): Omit<EventFields, 'name'> {
  switch (event.state) {
    case 'deployed': {
      const { app, functions, failedAttempts, milliseconds } = event.result;
      return { app, functions, failedAttempts, ms: milliseconds };
    }
    case 'failed': {
      const { app, error, attempts, nextAttemptAt } = event.result;
      return {
        ...{ app, ...errorFields(error, vocabulary), attempts },
        nextAttemptAt: optionalIso(nextAttemptAt),
      };
    }
    default:
      return {};
  }
}

/** Without the message. */
function errorFields(error: AppsctlError, vocabulary: Vocabulary): Omit<EventFields, 'name'> {
  const { code, findings, items } = error;
  return {
    code,
    hint: error.hintIn(vocabulary),
    findings: findings.length === 0 ? undefined : findings.map(findingFields),
    items: items.length === 0 ? undefined : items,
    stack: code === 'INTERNAL' ? stackTrace(error).join('\n') : undefined,
  };
}

function findingFields({ rule, severity, location, message, fix }: Finding): object {
  return { rule, severity, location, message, fix };
}
