import { SECOND } from '../units.js';

/**
 * Reads a Retry-After header. Rule: RFC 9110, section 10.2.3.
 *
 * @param value seconds or a date
 * @param now milliseconds since the epoch
 * @returns milliseconds to wait; undefined if the header is missing or not valid
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * SECOND;
  // Date.parse reads numbers such as -1 as years.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
