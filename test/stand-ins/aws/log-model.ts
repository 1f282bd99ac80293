import { createHash } from 'node:crypto';
import type { Account } from './account.js';

/** A log group of CloudWatch Logs. */
export interface LogGroup {
  name: string;
  createdAt: Date;
  /** Days; undefined for events that never expire. */
  retention: number | undefined;
  /** The policy of the account that decides the retention instead, as tests can set it. */
  retentionPolicy?: { name: string; days: number | undefined };
  /** The names of its streams. */
  streams: Set<string>;
  /** In the order in which they arrived. Tests may add events, which may be older than those that are there. */
  events: LogEvent[];
}

/** An event in a log group. */
export interface LogEvent {
  id: string;
  stream: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  ingestedAt: number;
  message: string;
}

export function addLogGroup(account: Account, name: string): LogGroup {
  const group = {
    ...{ name, createdAt: account.now(), retention: undefined },
    ...{ streams: new Set<string>(), events: [] },
  };
  account.logGroups.set(name, group);
  return group;
}

/** Adds events to a log group. Those that are older than others arrive late. */
export function addEvents(
  group: LogGroup,
  events: readonly Pick<LogEvent, 'stream' | 'timestamp' | 'message'>[],
  ingestedAt = Date.now(),
): void {
  for (const event of events) {
    const position = String(group.events.length).padStart(10, '0');
    const hash = createHash('sha256').update(`${event.stream} ${position}`).digest('hex');
    group.streams.add(event.stream);
    group.events.push({ ...event, ingestedAt, id: position + hash.slice(0, 46) });
  }
}
