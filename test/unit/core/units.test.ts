import { expect, test } from 'vitest';
import { formatDuration, formatTime } from '../../../src/core/units.js';

test.each([
  [0, '0.0 s'],
  [440, '0.4 s'],
  [12_340, '12.3 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 0 s'],
  [200_400, '3 min 20 s'],
  [7_200_000, '120 min 0 s'],
])('formatDuration(%i) is %s', (milliseconds, expected) => {
  expect(formatDuration(milliseconds)).toBe(expected);
});

test('formatTime cuts seconds off', () => {
  expect(formatTime(Date.UTC(2026, 10, 29, 1, 30, 59, 999))).toBe('2026-11-29 01:30');
});
