import { parseDuration } from '../duration.js';
import { HOUR, MINUTE, SECOND } from '../units.js';

/** How long a pass may take, and the pauses between passes. Everything is in milliseconds. */

export const DEFAULT_INTERVAL_MS = 5 * MINUTE;
export const DEFAULT_MAX_DURATION_MS = 50 * MINUTE;

const MIN_PERIOD_MS = 10 * SECOND;
const MAX_PERIOD_MS = 24 * HOUR;

/** What a valid interval or duration of a pass is, with its article. */
export const PERIOD_FORM = 'a duration from 10s to 1d, such as 30s, 5m or 2h';

/** Whether passes may have this interval, or take this long at most. */
export function isPeriod(milliseconds: number): boolean {
  return milliseconds >= MIN_PERIOD_MS && milliseconds <= MAX_PERIOD_MS;
}

/** Parses an interval or the duration of a pass; undefined if it is not valid. */
export function parsePeriod(text: string): number | undefined {
  const period = parseDuration(text);
  return period !== undefined && isPeriod(period) ? period : undefined;
}

const JITTER = 0.1;

/**
 * The pause after a pass: the interval ±10 %, so that deployers that were started together do not stay together.
 *
 * @param random from 0 to 1
 */
export function pauseAfterPass(interval: number, random: number): number {
  return Math.round(interval * (1 + JITTER * (2 * random - 1)));
}

/** A bundle may be deployed after the end of the duration, with all of its waits. */
const GRACE_MS = 15 * MINUTE;

/** When passes ended. */
export interface PassTimes {
  /** When the loop began: milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the last pass ended, whatever came of it; undefined if none has. */
  readonly endedAt: number | undefined;
  readonly interval: number;
  readonly maxDuration: number;
}

/** Whether passes end as they should, and a line about it. */
export function checkHealth(
  { startedAt, endedAt, interval, maxDuration }: PassTimes,
  now: number,
): { readonly isHealthy: boolean; readonly line: string } {
  const limit = pauseAfterPass(interval, 1) + maxDuration + GRACE_MS;
  const line =
    endedAt === undefined
      ? `no run has ended since ${new Date(startedAt).toISOString()}`
      : `the last run ended at ${new Date(endedAt).toISOString()}`;
  return { isHealthy: now - (endedAt ?? startedAt) <= limit, line };
}
