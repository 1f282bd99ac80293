/** Milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** Bytes. */
export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;
export const MB = 1_000_000;

/**
 * A size for people.
 *
 * @param bytes a non-negative integer
 * @returns such as `812 B`, `3.6 kB` or `24.7 MB`
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  // 999,950 bytes are 1.0 MB, not 1000.0 kB.
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / MB).toFixed(1)} MB`;
}

/**
 * A duration for people.
 *
 * @param milliseconds a non-negative number
 * @returns such as `0.4 s`, `12.3 s` or `3 min 20 s`
 */
export function formatDuration(milliseconds: number): string {
  // 59,950 ms are 1 min 0 s, not 60.0 s.
  if (milliseconds < 59_950) return `${(milliseconds / SECOND).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / SECOND);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * A time for people, in UTC.
 *
 * @param milliseconds since the epoch
 * @returns such as `2026-11-29 01:30`
 */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' ');
}
