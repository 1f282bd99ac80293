import { HOUR, MINUTE, SECOND } from './units.js';

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: 24 * HOUR };

/**
 * Parses a duration such as 30s, 10m, 2h or 3d.
 *
 * @returns milliseconds; undefined if the text is not one
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNITS[unit] ?? 0);
}
