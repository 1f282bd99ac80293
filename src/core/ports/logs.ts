import type { LogEvent } from '../logs/log-event.js';

/** The log groups of an account in one region, in CloudWatch Logs. */
export interface LogService {
  /**
   * Returns after how many days the events of a log group expire; undefined when they never do, when a policy of the
   * account decides it, and when the log group does not exist.
   */
  findRetention(group: string): Promise<number | undefined>;
  /**
   * Sets after how many days the events of a log group expire. Creates the log group if it does not exist.
   *
   * @param days one of those that CloudWatch Logs accepts
   */
  setRetention(group: string, days: number): Promise<void>;
  /**
   * Removes a log group with its events.
   *
   * @returns false when it did not exist
   */
  remove(group: string): Promise<boolean>;
}

/** Reads the events of log groups. */
export interface LogReader {
  /**
   * Reads the events of a log group by their time, in pages, which may be empty.
   *
   * @param start the time from which on events are read, in milliseconds since the epoch
   * @param text what the events must contain
   * @throws AppsctlError NOT_FOUND when the log group does not exist
   */
  events(group: string, start: number, text: string | undefined): AsyncIterable<readonly LogEvent[]>;
}
