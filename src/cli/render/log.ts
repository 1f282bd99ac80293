import type { Clock } from '../../core/async/clock.js';
import type { DeployerEvent } from '../../core/deployer/event.js';
import type { AppsctlError } from '../../core/diagnostics/error.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderError } from './error.js';
import { describeEvent } from './event.js';
import { createJsonLog } from './json-log.js';
import type { Message } from './message.js';

/** What a run has to say on standard error. */
export type LogEntry =
  | { readonly type: 'event'; readonly event: DeployerEvent }
  | { readonly type: 'message'; readonly level: 'info' | 'note' | 'warning'; readonly text: string }
  | {
      readonly type: 'error';
      readonly error: AppsctlError;
      /** The stack trace of an internal error, if it is wanted. */
      readonly stack?: readonly string[] | undefined;
    }
  /** What Commander does not accept. */
  | { readonly type: 'usage error'; readonly lines: readonly string[] };

/** Turns what a run has to say into lines: none for what is not to be said. */
export type Log = (entry: LogEntry) => readonly string[];

/** What a log needs. */
export interface LogContext {
  readonly clock: Pick<Clock, 'now'>;
  /** The names of options and commands. */
  readonly vocabulary: Vocabulary;
}

/** The forms of a log that a command can choose. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** @param format `plain` for people who watch, which is how every command begins */
export function createLog(format: LogFormat | 'plain', context: LogContext): Log {
  if (format === 'json') return createJsonLog(context);
  const { clock, vocabulary } = context;
  return (entry) => {
    const message = describeEntry(entry, vocabulary);
    return format === 'plain' ? toPlainLines(message) : toDatedLines(entry, message, clock.now());
  };
}

function toPlainLines({ level, lines }: Message): string[] {
  const isMarked = level === 'note' || level === 'warning' || level === 'error';
  return lines.map((line, index) => (isMarked && index === 0 ? `${level}: ${line}` : line));
}

/** For people who read it later: each line has its time, its level and its bundle. */
function toDatedLines(entry: LogEntry, { level, lines }: Message, now: number): string[] {
  const time = new Date(now).toISOString();
  const bundle = entry.type === 'event' && entry.event.bundle !== undefined ? `${entry.event.bundle}: ` : '';
  return lines.map((line) => `${time} ${level.padEnd('warning'.length)} ${bundle}${line}`);
}

const NOTHING: Message = { level: 'debug', lines: [] };

function describeEntry(entry: LogEntry, vocabulary: Vocabulary): Message {
  switch (entry.type) {
    case 'event':
      return describeEvent(entry.event, vocabulary) ?? NOTHING;
    case 'message':
      return { level: entry.level, lines: [entry.text] };
    case 'error':
      return { level: 'error', lines: [...renderError(entry.error, vocabulary), ...(entry.stack ?? [])] };
    case 'usage error':
      return { level: 'error', lines: entry.lines };
  }
}
