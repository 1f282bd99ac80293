import { parseDuration } from '../duration.js';

/** With a time, or a day alone; without a time zone, in UTC. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Parses a time in the past.
 *
 * @param text how long ago, such as 30s, 10m, 2h or 3d, or an ISO 8601 time, without a time zone in UTC
 * @param now the present, in milliseconds since the epoch
 * @returns milliseconds since the epoch; undefined if the text is neither
 */
export function parseSince(text: string, now: number): number | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined) return Math.max(0, now - ago);
  const iso = ISO_TIME.exec(text);
  if (iso === null) return undefined;
  const time = Date.parse(iso[1] === undefined && text.includes('T') ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}
